// The charts of a run, drawn by TradingView's lightweight-charts. All charts of a page show the same stretch
// of time and the same crosshair, and ask the server for what the stretch needs.

import {
  createChart, createSeriesMarkers, createTextWatermark, CrosshairMode, PriceScaleMode,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { columnsOf, placeOf, tradesOf } from "./chart-data.js";
import { CHARTS, inks, surface } from "./chart-style.js";
import { element, find } from "./dom.js";
import { day, gettext as _, language, moment, number } from "./i18n.js";

const MOST_MARKERS = 200;
const PAUSE = 150; // milliseconds of rest before the server is asked
const BAR_SECONDS = { "1d": 86_400, "1h": 3600, "5m": 300 };

const charts = new Map(); // figure to chart
const look = { range: null, time: null }; // what every chart shows; no range is the whole run

/** Let every chart show the stretch from `from` to `to` (seconds), with some of what is around it. */
export function lookAt({ from, to }) {
  look.range = { from, to, loose: true };
}

export async function showChart(figure, run) {
  for (const known of charts.keys()) if (!known.isConnected) forget(known);
  if (!charts.has(figure)) await prepare(figure, run);
  if (!charts.has(figure)) charts.set(figure, make(figure, run));
  await charts.get(figure).show();
}

/** What comes before a figure's first drawing. */
async function prepare(figure, { runId }) {
  // A chart without its data would be drawn for nothing.
  await Promise.all([wholeRun(figure, runId), withTrades(figure) ? tradesOf(runId, {}) : null]);
  // What takes long takes its turns: the page comes first, then the browser's knowledge of numbers and dates.
  await painted();
  readable();
  await turn();
}

const turn = () => new Promise((done) => { setTimeout(done); });
const painted = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
const readable = () => [number(0, 0), number(0, 2), day(0)];

/** What a figure asks the server for, whatever the window. */
function asked(figure) {
  const specs = CHARTS[figure.dataset.chart];
  const place = find("[data-area]", figure);
  return { columns: specs.filter((spec) => spec.column).map((spec) => spec.column), window: place.dataset.window };
}

/** Points that fit into sight: a low and a high for every two of the screen; finer shows nothing more. */
const pointsOf = (figure) => Math.min(Math.max(Math.ceil(find("[data-area]", figure).clientWidth / 100) * 100, 400), 3200);

const withTrades = (figure) => CHARTS[figure.dataset.chart].some((spec) => spec.marked || spec.results);

const wholeRun = (figure, runId) => columnsOf(runId, { points: pointsOf(figure), ...asked(figure) });

function forget(figure) {
  charts.get(figure).remove();
  charts.delete(figure);
}

const others = (figure) => [...charts].filter(([other]) => other !== figure && other.offsetParent).map(([, chart]) => chart);

document.addEventListener("themechange", () => charts.forEach((chart) => chart.paint()));

function make(figure, { runId, timeframe, name }) {
  const kind = figure.dataset.chart;
  const specs = CHARTS[kind];
  const place = find("[data-area]", figure);
  const note = find("[data-note]", figure);
  const readout = find("[data-readout]", figure);
  const barSeconds = BAR_SECONDS[timeframe] ?? 86_400;
  const stamp = timeframe === "1d" ? day : moment;

  let ink = inks();
  let columns = null;
  let trades = null;
  let whole = null; // first and last time of the run
  let loaded = null; // which window the columns are
  let newest = 0;
  let timer = null;
  let cursor = null;
  let putting = false;

  const chart = createChart(place, {
    autoSize: true,
    localization: { locale: language },
    crosshair: { mode: CrosshairMode.Normal },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
    handleScale: { mouseWheel: false },
  });
  const drawn = specs.map((spec) => {
    const series = chart.addSeries(spec.type, {
      lineWidth: 2, priceLineVisible: false, priceFormat: { type: "custom", formatter: spec.show, minMove: 0.01 },
    }, spec.pane);
    series.priceScale().applyOptions({ scaleMargins: spec.margins ?? { top: 0.18, bottom: 0.08 } });
    return { ...spec, series, markers: spec.marked ? createSeriesMarkers(series, []) : null };
  });
  const titles = chart.panes().map((pane, i) => {
    const labels = specs.filter((spec) => spec.pane === i);
    pane.setStretchFactor(labels[0].share);
    return { text: labels.map((spec) => spec.label).join(" · "), mark: createTextWatermark(pane, { horzAlign: "left", vertAlign: "top", lines: [] }) };
  });

  function paint() {
    ink = inks();
    const options = surface(ink);
    chart.applyOptions({
      ...options,
      rightPriceScale: { ...options.rightPriceScale, minimumWidth: innerWidth < 560 ? 60 : 90 },
      timeScale: { ...options.timeScale, timeVisible: timeframe !== "1d", secondsVisible: false, minBarSpacing: 0.05 },
    });
    for (const { series, options: colours } of drawn) series.applyOptions(colours(ink));
    for (const { text, mark } of titles) {
      mark.applyOptions({ lines: [{ text, color: ink.text, fontSize: options.layout.fontSize, fontFamily: options.layout.fontFamily }] });
    }
    if (columns) put();
  }

  const points = pointsOf(figure);

  /** The window to ask for: what is in sight and half as much on either side; nothing for the whole run. */
  function windowOf(range) {
    if (!range) return { points };
    const margin = Math.max((range.to - range.from) / 2, barSeconds);
    return { from: Math.floor(range.from - margin), to: Math.ceil(range.to + margin), points };
  }

  /** Whether what is loaded reaches far enough on both sides and is fine enough. */
  function enough(range) {
    if (!range) return loaded.from === undefined;
    const span = range.to - range.from;
    const from = loaded.from ?? whole.from;
    const to = loaded.to ?? whole.to;
    const wide = from <= Math.max(range.from - span / 4, whole.from) && to >= Math.min(range.to + span / 4, whole.to);
    return wide && (columns.rows === columns.bars || to - from <= 4 * span);
  }

  function fitting(range) {
    if (!range || !whole) return range;
    const around = range.loose ? Math.max((range.to - range.from) * 0.5, 30 * barSeconds) : 0;
    const from = Math.max(range.from - around, whole.from);
    const to = Math.min(range.to + around, whole.to);
    return to - from >= (whole.to - whole.from) * 0.98 ? null : { from, to };
  }

  async function load() {
    const mine = ++newest;
    if (!whole) {
      const found = await wholeRun(figure, runId);
      whole = { from: found.time[0], to: found.time[found.rows - 1], bars: found.bars };
    }
    look.range = fitting(look.range);
    const wanted = windowOf(look.range);
    const found = await Promise.all([
      columnsOf(runId, { ...wanted, ...asked(figure) }),
      withTrades(figure) ? tradesOf(runId, wanted) : null,
    ]);
    if (mine !== newest || !found[0].rows) return;
    [columns, trades] = found;
    loaded = wanted;
    putting = true;
    put();
    const range = look.range; // who asked may have moved on meanwhile
    if (range) show({ from: placeOf(columns.time, range.from), to: placeOf(columns.time, range.to) });
    else chart.timeScale().fitContent();
    putting = false;
    point(look.time);
  }

  function put() {
    for (const { series, column, results } of drawn) series.setData(results ? bars() : valuesOf(columns[column]));
    const marks = trades && trades.trades.length * 2 <= MOST_MARKERS ? arrows() : [];
    for (const { markers } of drawn) markers?.setMarkers(marks);
    say(marks.length);
  }

  const valuesOf = (values) => Array.from(columns.time, (time, i) => (Number.isNaN(values[i]) ? { time } : { time, value: values[i] }));

  /** Each trade's result at its exit; where several share a point, the largest. */
  function bars() {
    const found = new Map();
    trades.results.time.forEach((time, i) => {
      const at = columns.time[placeOf(columns.time, time)];
      const value = trades.results.pnl[i];
      if (!found.has(at) || Math.abs(found.get(at)) < Math.abs(value)) found.set(at, value);
    });
    return [...found].sort(([a], [b]) => a - b).map(([time, value]) => ({ time, value, color: value < 0 ? ink.loss : ink.gain }));
  }

  function arrows() {
    const found = new Map(); // a reversal closes one trade and opens the next at the same bar: one arrow says it
    const add = (at, buy) => {
      const time = columns.time[placeOf(columns.time, at)];
      const shape = buy ? "arrowUp" : "arrowDown";
      found.set(`${time}${shape}`, { time, shape, position: buy ? "belowBar" : "aboveBar", color: buy ? ink.gain : ink.loss });
    };
    for (const { side, entry, exit } of trades.trades) {
      add(entry, side === "BUY");
      if (exit !== null) add(exit, side !== "BUY");
    }
    return [...found.values()].sort((a, b) => a.time - b.time);
  }

  function say(arrowsShown) {
    const sentences = [_("%(bars)s bars in all.", { bars: number(whole.bars, 0) })];
    if (columns.bars > columns.rows) {
      sentences.push(_("Thinned out: a point is the lowest or highest of %(bars)s bars; zoom in for every bar.", { bars: number(Math.ceil(2 * columns.bars / columns.rows), 0) }));
    }
    if (trades?.total && !arrowsShown) sentences.push(_("%(trades)s trades here: zoom in to see them as arrows.", { trades: number(trades.total, 0) }));
    sentences.push(_("Drag to move; click the chart and turn the wheel to zoom. Keys: ← → read bar by bar, with Shift they move, ↑ ↓ zoom, Home and End."));
    note.textContent = sentences.join(" ");
  }

  function read(at) {
    const values = drawn.filter((spec) => spec.column).map(({ column, label, color, show }) => {
      const swatch = element("i");
      swatch.style.background = ink[color];
      const value = columns[column][at];
      return element("span", {}, swatch, `${label} ${Number.isNaN(value) ? _("n/a") : show(value)}`);
    });
    readout.replaceChildren(stamp(columns.time[at] * 1000), ...values);
  }

  /** Put the crosshair where another chart has it; without a time read the last bar. */
  function point(time) {
    if (!columns) return;
    const at = time === null ? columns.rows - 1 : placeOf(columns.time, time);
    read(at);
    const { series, column } = drawn.find((spec) => spec.column);
    if (time === null || Number.isNaN(columns[column][at])) chart.clearCrosshairPosition();
    else chart.setCrosshairPosition(columns[column][at], columns.time[at], series);
  }

  const timeAt = (logical) => {
    const { time, rows } = columns;
    const step = (time[rows - 1] - time[0]) / Math.max(rows - 1, 1);
    if (logical < 0) return time[0] + logical * step;
    if (logical > rows - 1) return time[rows - 1] + (logical - rows + 1) * step;
    return time[Math.round(logical)];
  };

  function follow(logical, asked) {
    if (asked.from !== loaded?.from || asked.to !== loaded?.to) return; // another axis: it follows when it is loaded
    show(logical);
  }

  // A chart moves with its next frame; keys may come faster, and each goes on from the one before.
  let next = null;
  const sight = () => next ?? chart.timeScale().getVisibleLogicalRange();
  function show(logical) {
    next = logical;
    chart.timeScale().setVisibleLogicalRange(logical);
    requestAnimationFrame(() => { next = null; });
  }

  // The chart moves for many reasons: new data, a new size. Only what the reader does counts as a wish.
  let held = false;
  let wishUntil = 0;
  const wish = (milliseconds) => { wishUntil = performance.now() + milliseconds; };

  function moved(logical) {
    if (logical && columns && !putting && (held || performance.now() < wishUntil)) wanted(logical);
  }

  function wanted(logical) {
    look.range = fitting({ from: timeAt(logical.from), to: timeAt(logical.to) });
    for (const other of others(figure)) other.follow(logical, loaded);
    plan();
  }

  function plan() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (held) return plan(); // new data under the pointer would move what it holds
      if (enough(look.range)) return;
      for (const one of [load, ...others(figure).map((other) => other.load)]) one();
    }, PAUSE);
  }

  function zoom(factor, shift = 0) {
    const { from, to } = sight();
    const half = ((to - from) / 2) * factor;
    const middle = (from + to) / 2 + shift * (to - from);
    show({ from: middle - half, to: middle + half });
    wanted(next);
  }

  function fit() {
    look.range = null;
    for (const one of [load, ...others(figure).map((other) => other.load)]) one();
  }

  function step(bars) {
    const visible = sight();
    cursor = Math.min(Math.max((cursor ?? Math.min(Math.round(visible.to), columns.rows - 1)) + bars, 0), columns.rows - 1);
    if (cursor < visible.from) zoom(1, -0.5);
    if (cursor > visible.to) zoom(1, 0.5);
    look.time = columns.time[cursor];
    point(look.time);
    for (const other of others(figure)) other.point(look.time);
  }

  place.tabIndex = 0;
  place.setAttribute("role", "application");
  place.setAttribute("aria-roledescription", _("chart"));
  place.setAttribute("aria-label", _("%(chart)s chart of %(name)s. Left and right arrow read bars, with Shift they move; up and down arrow zoom.", { chart: kind, name }));
  place.addEventListener("keydown", (event) => {
    if (!columns || event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = event.shiftKey
      ? { ArrowLeft: () => zoom(1, -0.25), ArrowRight: () => zoom(1, 0.25), "+": () => zoom(0.7) }
      : {
        ArrowLeft: () => step(-1), ArrowRight: () => step(1), PageUp: () => step(-20), PageDown: () => step(20),
        ArrowUp: () => zoom(0.7), ArrowDown: () => zoom(1.43), "+": () => zoom(0.7), "=": () => zoom(0.7), "-": () => zoom(1.43),
        Home: () => step(-columns.rows), End: () => step(columns.rows), 0: fit,
      };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    readout.setAttribute("aria-live", "polite");
    act();
  });
  place.addEventListener("focus", () => chart.applyOptions({ handleScale: { mouseWheel: true } }));
  place.addEventListener("blur", () => chart.applyOptions({ handleScale: { mouseWheel: false } }));
  place.addEventListener("pointerdown", () => {
    held = true;
    place.focus({ preventScroll: true });
  });
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => {
      if (held) wish(1000); // a swipe rolls on
      held = false;
    });
  }
  place.addEventListener("wheel", () => wish(300), { passive: true });

  chart.timeScale().subscribeVisibleLogicalRangeChange(moved);
  chart.subscribeCrosshairMove(({ time, sourceEvent }) => {
    if (!sourceEvent || !columns) return;
    readout.setAttribute("aria-live", "off");
    look.time = time ?? null;
    cursor = time === undefined ? null : placeOf(columns.time, time);
    read(cursor ?? columns.rows - 1);
    for (const other of others(figure)) other.point(look.time);
  });

  const buttons = { in: () => zoom(0.5), out: () => zoom(2), earlier: () => zoom(1, -0.5), later: () => zoom(1, 0.5), fit };
  for (const [action, act] of Object.entries(buttons)) find(`[data-chart-action="${action}"]`, figure).addEventListener("click", act);
  const log = find('[data-chart-action="log"]', figure);
  log?.addEventListener("click", () => {
    const on = log.getAttribute("aria-pressed") !== "true";
    log.setAttribute("aria-pressed", String(on));
    drawn[0].series.priceScale().applyOptions({ mode: on ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal });
  });

  paint();
  return { show: load, load, follow, point, paint, remove: () => chart.remove() };
}
