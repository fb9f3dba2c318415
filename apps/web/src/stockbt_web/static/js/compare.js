// The comparison: equity and drawdowns of the runs over each other, on one time scale.

import { all, ask, find } from "./dom.js";
import { day, gettext, moment, number } from "./i18n.js";
import { drawLines, look } from "./lines.js";

const DASHES = { solid: "", dashed: "8 4", dotted: "2 3" };

function paintLegend() {
  for (const item of all("[data-legend]")) {
    const { color, styleName } = look(Number(item.dataset.legend));
    const line = find("line", item);
    line.setAttribute("stroke", color);
    line.setAttribute("stroke-width", "3");
    line.setAttribute("stroke-dasharray", DASHES[styleName]);
  }
}

function together(charts) {
  for (const one of charts) {
    one.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      for (const other of charts) {
        const theirs = other.timeScale().getVisibleLogicalRange();
        if (other !== one && range && theirs && (theirs.from !== range.from || theirs.to !== range.to)) {
          other.timeScale().setVisibleLogicalRange(range);
        }
      }
    });
  }
}

export async function enhanceComparison() {
  paintLegend();
  document.addEventListener("themechange", paintLegend);
  const place = find("#comparison");
  const intraday = place.dataset.timeframe !== "1d";
  const at = (time) => (intraday ? moment(time * 1000) : day(time * 1000));
  try {
    const { time, curves } = await ask(place.dataset.url);
    const last = time.length - 1;
    const charts = all("[data-curve]", place).map((figure) => {
      const name = figure.dataset.curve;
      const format = (value) => (name === "drawdown" ? `${number(value)} %` : number(value));
      const readout = find("[data-readout]", figure);
      const own = curves.map((curve) => curve[name]);
      const read = (when = time[last], values = own.map((value) => value[last])) => {
        const told = values.map((value, i) => (value === undefined || value === null ? "" : `${i + 1}: ${format(value)}`));
        readout.textContent = [at(when), ...told.filter(Boolean)].join("   ");
      };
      const lines = own.map((value) => ({ time: value.length ? time : [], value, format }));
      const { chart } = drawLines(find("[data-area]", figure), lines, {
        intraday, onRead: read,
        label: gettext("Lines of the compared runs; arrow keys move them, plus and minus zoom, Home shows all. The table below has their values."),
      });
      read();
      return chart;
    });
    await new Promise((sized) => requestAnimationFrame(() => requestAnimationFrame(sized)));
    for (const chart of charts) chart.timeScale().fitContent();
    together(charts);
    place.dataset.drawn = "true";
  } catch (error) {
    find("[data-note]", place).textContent = gettext("The chart could not be drawn: %(why)s", { why: error.message });
  }
}
