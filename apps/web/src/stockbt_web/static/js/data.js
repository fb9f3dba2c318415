// The data pages: importing a file with its progress, and a version's prices with their findings.

import { all, ask, element, find, say } from "./dom.js";
import { day, gettext, moment, ngettext, number } from "./i18n.js";

const LINE = /^\D{0,6}(\d+)\D{0,2}: ([\s\S]*)$/; // "line 4: ...", in any language

function showProblems(problems) {
  const place = find("#import-problems");
  find("[data-problem-count]", place).textContent = ngettext(
    "%(n)s thing to correct in the file or its fields; nothing was imported",
    "%(n)s things to correct in the file or its fields; nothing was imported", problems.length);
  find("tbody", place).replaceChildren(...problems.map(({ field, message }) => {
    const [, line, text] = (field === "file" && LINE.exec(message)) || [null, field, message];
    return element("tr", {}, element("td", { className: "nowrap", textContent: line }), element("td", { className: "wrap", textContent: text }));
  }));
  place.hidden = problems.length === 0;
  if (problems.length) place.focus();
}

function send(form, onProgress) {
  const body = new FormData(form);
  if (!body.has("adjust")) body.set("adjust", "false");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much it has sent
    request.open("POST", form.dataset.api);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener("load", () => resolve({ status: request.status, body: request.response ?? {} }));
    request.addEventListener("error", () => reject(new Error(gettext("The server cannot be reached. Is it running?"))));
    request.send(body);
  });
}

function enhanceImport(form) {
  const zone = find("[data-drop-zone]", form);
  const file = find("#import-file");
  const ticker = find("#import-ticker");
  const progress = find("[data-import-progress]");
  const message = find("#import-message");

  function nameIt() {
    const name = file.files[0]?.name.replace(/\.[^.]*$/, "").toUpperCase().replace(/[^A-Z0-9.^=_-]/g, "").slice(0, 32);
    if (name && !ticker.value) ticker.value = name;
  }

  file.addEventListener("change", nameIt);
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("dragging");
    });
  }
  for (const kind of ["dragleave", "drop"]) zone.addEventListener(kind, () => zone.classList.remove("dragging"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) file.files = event.dataTransfer.files;
    nameIt();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = find("button[type=submit]", form);
    const bar = find("progress", progress);
    const state = find("[data-import-state]", progress);
    button.disabled = true;
    progress.hidden = false;
    showProblems([]);
    say(message, "");
    state.textContent = gettext("Sending");
    bar.value = 0;
    try {
      const answer = await send(form, (share) => {
        bar.value = Math.round(share * 100);
        if (share < 1) return;
        state.textContent = gettext("Reading and checking");
        bar.removeAttribute("value");
      });
      if (answer.status === 201) {
        const { ticker: name, timeframe, data_hash: hash, adjusted } = answer.body;
        const key = `${timeframe}-${hash.slice(0, 16)}${adjusted ? "-adjusted" : ""}`;
        return location.assign(`${form.dataset.next}/${encodeURIComponent(name)}?imported=${key}`);
      }
      if (answer.body.errors?.length) showProblems(answer.body.errors);
      else say(message, answer.body.detail ?? gettext("The server answered %(status)s.", { status: answer.status }), "bad");
    } catch (error) {
      say(message, error.message, "bad");
    }
    button.disabled = false;
    progress.hidden = true;
  });
}

async function drawPrices(figure) {
  const { drawLines } = await import("./lines.js");
  const note = find("[data-note]", figure);
  const readout = find("[data-readout]", figure);
  try {
    const prices = await ask(figure.dataset.pricesUrl);
    const codes = all("[data-finding]").map((row) => row.dataset.finding);
    const marks = prices.findings.flatMap(({ code, time }) =>
      time.map((at) => ({ time: at, text: "ABCDEFGH"[codes.indexOf(code)], index: codes.indexOf(code) })));
    marks.sort((a, b) => a.time - b.time);
    const intraday = figure.dataset.timeframe !== "1d";
    const at = (time) => (intraday ? moment(time * 1000) : day(time * 1000));
    const last = prices.time.length - 1;
    const read = (time = prices.time[last], [value = prices.close[last]] = []) => {
      readout.textContent = `${at(time)}  ${number(value)}`;
    };
    drawLines(find("[data-area]", figure), [{ label: "", time: prices.time, value: prices.close, format: (v) => number(v) }], {
      intraday, marks, onRead: read,
      label: gettext("Line of the closes; arrow keys move it, plus and minus zoom, Home shows all."),
    });
    read();
    const shown = prices.time.length < prices.bars
      ? gettext("%(shown)s of %(bars)s bars are drawn, extremes and findings among them.", { shown: number(prices.time.length, 0), bars: number(prices.bars, 0) })
      : "";
    const left = prices.findings.some(({ time, count }) => time.length < count)
      ? gettext("Of each finding the first ones are marked.") : "";
    note.textContent = `${shown} ${left}`.trim();
    figure.dataset.drawn = "true";
  } catch (error) {
    note.textContent = gettext("The chart could not be drawn: %(why)s", { why: error.message });
  }
}

export function enhanceData() {
  if (find("#import")) enhanceImport(find("#import"));
  if (find("#prices")) drawPrices(find("#prices"));
}
