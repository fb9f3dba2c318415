// The command panel: the chosen rule's parameters, the data's dates, execution and presets.

import { all, ask, element, find, say } from "./dom.js";
import { day, gettext, ngettext, number } from "./i18n.js";

const form = () => find("#backtest");
const summary = () => find("#problem-summary");

const controlOf = (field) =>
  all("[data-field]", form()).find((c) => c.dataset.field === field && !c.closest("fieldset[disabled]"));
const inputOf = (control) => find("input, select", control);

function showRule() {
  const chosen = form().elements.rule_type.value;
  for (const fieldset of all("fieldset[data-rule]", form())) {
    fieldset.hidden = fieldset.disabled = fieldset.dataset.rule !== chosen;
  }
}

function followData({ frame = true } = {}) {
  const { ticker, timeframe, start_date: start, end_date: end } = form().elements;
  const option = ticker.selectedOptions[0];
  if (frame && option?.dataset.timeframe) timeframe.value = option.dataset.timeframe;
  for (const day of [start, end]) {
    day.min = option?.dataset.first ?? "";
    day.max = option?.dataset.last ?? "";
  }
  if (option?.dataset.bars) {
    const { first, last, bars } = option.dataset;
    find("#field-ticker-help").textContent = gettext("%(first)s to %(last)s, %(bars)s bars.", {
      first: day(first), last: day(last), bars: number(Number(bars), 0),
    });
  }
}

function value(input) {
  const text = input.value.trim();
  // What is no plain number goes to the server as the text it is: it knows how to say what is wrong.
  const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));
  return input.dataset.kind === "number" && plain ? Number(text) : text;
}

function request() {
  const body = { params: {} };
  for (const input of form().elements) {
    if (!input.name || input.matches(":disabled") || input.value.trim() === "") continue;
    if (input.type === "checkbox") {
      if (input.checked) body[input.name] = true;
      continue;
    }
    if (input.name.startsWith("params.")) body.params[input.name.slice(7)] = value(input);
    else body[input.name] = value(input);
  }
  return body;
}

function showProblems(problems) {
  for (const place of all("[data-problem]", form())) {
    place.hidden = true;
    place.textContent = "";
  }
  for (const input of all("[aria-invalid]", form())) input.removeAttribute("aria-invalid");
  const list = element("ul");
  for (const { field, message } of problems) {
    const control = controlOf(field);
    const input = control && inputOf(control);
    list.append(
      element("li", {}, input ? element("a", { href: `#${input.id}`, textContent: field }) : field, ` ${message}`),
    );
    if (!control) continue;
    const place = find("[data-problem]", control);
    place.textContent = place.textContent ? `${place.textContent}; ${message}` : message;
    place.hidden = false;
    input.setAttribute("aria-invalid", "true");
  }
  const count = ngettext("%(n)s thing to correct", "%(n)s things to correct", problems.length);
  summary().replaceChildren(element("p", {}, element("strong", { textContent: count })), list);
  summary().hidden = problems.length === 0;
  if (problems.length) summary().focus();
}

async function execute(event) {
  event.preventDefault();
  const halfTyped = all('input[type="date"]', form()).filter((input) => input.validity.badInput);
  if (halfTyped.length) {
    showProblems(halfTyped.map((input) => ({ field: input.name, message: gettext("is not a complete date") })));
    return;
  }
  const button = find("#execute");
  const message = find("#execute-message");
  button.disabled = true;
  say(message, gettext("Submitting…"));
  try {
    const answer = await ask("/run_backtest", { method: "POST", body: request() });
    location.assign(answer.run_url);
  } catch (error) {
    button.disabled = false;
    say(message, error.errors.length ? "" : error.message, "bad");
    showProblems(error.errors);
  }
}

function fill(fields) {
  const { elements } = form();
  for (const name of Object.keys(fields)) {
    if (!name.startsWith("params.") && elements[name]) elements[name].value = fields[name];
  }
  showRule();
  for (const input of all("fieldset[data-rule]:not([disabled]) input", form())) {
    input.value = fields[input.name] ?? input.dataset.default;
  }
  followData({ frame: false });
  showProblems([]);
}

const KEPT = ["rule_type", "params", "initial_capital", "fee_rate", "slippage_bps", "size_type", "position_size",
  "direction", "timeframe", "execution", "engine"];

function enhancePresets() {
  const list = find("#preset");
  const name = find("#preset-name");
  const message = find("#preset-message");
  const chosen = () => list.selectedOptions[0];

  find("#presets").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!chosen()?.value) return say(message, gettext("There is no preset to load yet: save one first."), "bad");
    fill(JSON.parse(chosen().dataset.fields));
    say(message, gettext("Loaded “%(name)s”.", { name: chosen().textContent }), "good");
  });

  async function save() {
    const body = request();
    const kept = Object.fromEntries(KEPT.filter((key) => key in body).map((key) => [key, body[key]]));
    try {
      const preset = await ask("/api/strategies", { method: "POST", body: { name: name.value.trim(), ...kept } });
      const { params, ...rest } = kept;
      const fields = { ...rest, rule_id: preset.name };
      for (const [key, entry] of Object.entries(params)) fields[`params.${key}`] = entry;
      const option = new Option(preset.name, preset.id, true, true);
      option.dataset.fields = JSON.stringify(fields);
      all('option[value=""]', list).forEach((none) => none.remove());
      list.append(option);
      name.value = "";
      say(message, gettext("Saved “%(name)s”.", { name: preset.name }), "good");
    } catch (error) {
      const taken = error.status === 409 ? gettext("The name “%(name)s” is taken: choose another one.", { name: name.value.trim() }) : "";
      const why = error.errors.map((problem) => `${problem.field} ${problem.message}`).join("; ");
      say(message, taken || why || error.message, "bad");
      name.focus();
    }
  }

  find("#preset-save").addEventListener("click", save);
  name.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    save();
  });

  find("#preset-delete").addEventListener("click", async () => {
    const option = chosen();
    if (!option?.value) return say(message, gettext("There is no preset to delete."), "bad");
    try {
      await ask(`/api/strategies/${encodeURIComponent(option.value)}`, { method: "DELETE" });
    } catch (error) {
      if (error.status !== 404) return say(message, error.message, "bad");
    }
    say(message, gettext("Deleted “%(name)s”.", { name: option.textContent }), "good");
    option.remove();
    if (!list.options.length) list.append(new Option(gettext("none saved yet"), ""));
  });
}

export function enhanceForm() {
  form().noValidate = true; // the server checks everything at once, and its answer is shown beside the fields
  form().addEventListener("submit", execute);
  form().elements.rule_type.addEventListener("change", showRule);
  form().elements.ticker.addEventListener("change", () => followData());
  showRule();
  enhancePresets();
}
