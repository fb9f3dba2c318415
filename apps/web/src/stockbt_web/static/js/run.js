// A run: waiting for its end, its tables, its buttons, and the charts when their tab is opened.

import { all, ask, element, find, number, say } from "./dom.js";

const view = () => find("#run-view");

function poll() {
  const place = find("#progress");
  let pause = 1000;
  let timer = null;

  async function look() {
    timer = null;
    try {
      const run = await ask(view().dataset.pollUrl);
      if (run.status !== "PENDING" && run.status !== "RUNNING") return location.reload();
      const since = run.started_at ?? run.created_at;
      const label = find("[data-progress=status]", place);
      if (label.textContent !== run.status) {
        label.textContent = run.status;
        const time = find("[data-progress=since]", place);
        time.dateTime = since;
        time.textContent = since.slice(0, 19).replace("T", " ");
        pause = 1000;
      }
      const detail = run.attempt ? `attempt ${run.attempt}` : "waiting for a worker";
      const at = find("[data-progress=detail]", place);
      if (at.textContent !== detail) at.textContent = detail;
    } catch (error) {
      find("[data-progress=detail]", place).textContent = `${error.message} Trying again.`;
    }
    pause = Math.min(pause * 1.25, 5000);
    plan();
  }

  function plan() {
    if (!document.hidden && timer === null) timer = setTimeout(look, pause);
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = null;
    if (!document.hidden) look();
  });
  plan();
}

async function act(button) {
  const message = find("#action-message");
  button.disabled = true;
  say(message, "…");
  try {
    const answer = await ask(button.dataset.url, { method: "POST" });
    if (button.dataset.runAction === "reproduce") location.assign(answer.run_url ?? `/runs/${answer.run_id}`);
    else location.reload();
  } catch (error) {
    button.disabled = false;
    say(message, error.message, "bad");
  }
}

const moment = (text) => (text ?? "open").replace("T", " ").replace(/(\.0+)?Z$/, "");
const money = (value) => number(value);
const gain = (value) => ({ text: number(value, 2, { sign: true }), tone: value > 0 ? "gain" : value < 0 ? "loss" : "" });
const gainPercent = (value) => ({ ...gain(value), text: `${number(value, 2, { sign: true })} %` });
const quantity = (value) => number(value, Number.isInteger(value) ? 0 : 4);

// [heading, is a number, text or {text, tone} of a row, class]
const TABLES = {
  trades: [
    ["#", true, (t) => t.trade_no],
    ["Side", false, (t) => t.side],
    ["Size", true, (t) => quantity(t.size)],
    ["Entry", false, (t) => moment(t.entry_timestamp), "nowrap"],
    ["Entry price", true, (t) => money(t.entry_price)],
    ["Exit", false, (t) => moment(t.exit_timestamp), "nowrap"],
    ["Exit price", true, (t) => (t.exit_price === null ? "–" : money(t.exit_price))],
    ["Fees", true, (t) => money(t.entry_fees + t.exit_fees)],
    ["P&L", true, (t) => gain(t.pnl_abs)],
    ["P&L %", true, (t) => gainPercent(t.pnl_pct)],
    ["Days", true, (t) => number(t.holding_period, Number.isInteger(t.holding_period) ? 0 : 2)],
  ],
  orders: [
    ["Time", false, (o) => moment(o.timestamp), "nowrap"],
    ["Signal", false, (o) => ({ text: o.signal, tone: o.signal === "BUY" ? "gain" : "loss" })],
    ["Quantity", true, (o) => (o.quantity ? number(o.quantity, Number.isInteger(o.quantity) ? 0 : 4, { sign: true }) : "–")],
    ["Price", true, (o) => (o.quantity ? money(o.price) : "–")],
    ["What became of it", false, (o, answer) => answer.reasons?.[o.reason] ?? o.reason],
  ],
};

function cell([, isNumber, read, more = ""], row, answer) {
  const shown = read(row, answer);
  const { text, tone } = typeof shown === "object" ? shown : { text: shown, tone: "" };
  return element("td", { className: `${isNumber ? "num" : more} ${tone}`.trim(), textContent: text });
}

function pagedTable(section, url) {
  const columns = TABLES[section.dataset.paged];
  const limit = 100;
  const range = find("[data-range]", section);
  const buttons = { previous: find('[data-page="previous"]', section), next: find('[data-page="next"]', section) };
  let offset = 0;
  find("thead", section).append(
    element("tr", {}, ...columns.map(([text, isNumber]) =>
      element("th", { scope: "col", textContent: text, className: isNumber ? "num" : "" }))),
  );

  async function load(from) {
    say(range, "Loading…");
    try {
      const answer = await ask(`${url}?offset=${from}&limit=${limit}`);
      const rows = answer[section.dataset.paged];
      offset = from;
      find("tbody", section).replaceChildren(
        ...rows.map((row) => element("tr", {}, ...columns.map((column) => cell(column, row, answer)))),
      );
      say(range, answer.total ? `${number(from + 1, 0)}–${number(from + rows.length, 0)} of ${number(answer.total, 0)}` : "none");
      buttons.previous.disabled = from === 0;
      buttons.next.disabled = from + rows.length >= answer.total;
    } catch (error) {
      say(range, error.message, "bad");
    }
  }

  buttons.previous.addEventListener("click", () => load(Math.max(0, offset - limit)));
  buttons.next.addEventListener("click", () => load(offset + limit));
  return load(0);
}

const opened = {
  trades() {
    for (const section of all("[data-paged]")) pagedTable(section, view().dataset[`${section.dataset.paged}Url`]);
  },
  equity: (panel) => draw(panel),
  drawdown: (panel) => draw(panel),
  portfolio: (panel) => draw(panel),
};

async function draw(panel) {
  const figure = find("figure", panel);
  try {
    const { drawChart } = await import("./charts.js");
    await drawChart(figure, view().dataset);
    figure.dataset.drawn = "true";
  } catch (error) {
    find("[data-note]", figure).textContent = `The chart could not be drawn: ${error.message}`;
  }
}

export function enhanceRun() {
  if (view().dataset.pollUrl) poll();
  for (const button of all("[data-run-action]")) button.addEventListener("click", () => act(button));
  for (const tab of all('[role="tab"]')) {
    const name = tab.dataset.tab;
    tab.addEventListener("shown.bs.tab", () => opened[name]?.(find(`#panel-${name}`)), { once: true });
  }
}
