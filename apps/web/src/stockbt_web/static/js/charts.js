// The charts of a run, drawn by TradingView's lightweight-charts from the server's thinned-out columns.

import {
  AreaSeries, BaselineSeries, createChart, createSeriesMarkers, createTextWatermark, HistogramSeries, LineSeries,
  PriceScaleMode,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { ask, element, find, number } from "./dom.js";

const POINTS = 3000;
const TRADES_A_PAGE = 1000;
const MOST_TRADES = 5000;
const MOST_MARKERS = 150;
const INK = { gain: "#3fcf8e", loss: "#ff6b70", accent: "#ffb020", link: "#6cb6ff", muted: "#93a0b0", line: "#27303a" };

const money = (value) => number(value, value === 0 || Math.abs(value) >= 1000 ? 0 : 2);
const percent = (value) => `${number(value, 2)} %`;
const shares = (value) => number(value, Number.isInteger(value) ? 0 : 2);
const signedMoney = (value) => number(value, value === 0 || Math.abs(value) >= 100 ? 0 : 2, { sign: true });
const baseline = {
  baseValue: { type: "price", price: 0 },
  topLineColor: INK.gain, topFillColor1: "#3fcf8e55", topFillColor2: "#3fcf8e0a",
  bottomLineColor: INK.loss, bottomFillColor1: "#ff6b700a", bottomFillColor2: "#ff6b7066",
};
const area = (color) => ({ lineColor: color, topColor: `${color}44`, bottomColor: `${color}05` });

// What each chart shows: a column of the series (or the trades' results), where and how.
const CHARTS = {
  equity: [
    { column: "buy_hold", label: "Buy & hold", type: LineSeries, color: INK.link, options: { color: INK.link }, show: money },
    { column: "equity", label: "Equity", type: AreaSeries, color: INK.accent, options: area(INK.accent), show: money, marked: true },
  ],
  drawdown: [
    { column: "drawdown", label: "Drawdown", type: BaselineSeries, color: INK.loss, options: { ...baseline, topLineColor: INK.loss }, show: percent, margins: { top: 0.04, bottom: 0.04 } },
  ],
  portfolio: [
    { column: "close", label: "Close", type: LineSeries, color: INK.link, options: { color: INK.link }, show: (v) => number(v), pane: 0, share: 3, marked: true },
    { column: "position", label: "Position, shares", type: LineSeries, color: INK.muted, options: { color: INK.muted, lineType: 1 }, show: shares, pane: 1, share: 1 },
    { column: "cash", label: "Cash", type: AreaSeries, color: INK.accent, options: { ...area(INK.accent), lineType: 1 }, show: money, pane: 2, share: 1 },
    { trades: true, label: "Trade P&L", type: HistogramSeries, color: INK.gain, options: { base: 0 }, show: signedMoney, pane: 3, share: 1.3 },
    { column: "cumulative_return", label: "Cumulative return", type: BaselineSeries, color: INK.gain, options: baseline, show: percent, pane: 4, share: 1.7 },
  ],
};

let overview = null; // one request for the page's charts
let closedTrades = null;

const seconds = (text) => Math.floor(Date.parse(text) / 1000);

async function allTrades(url) {
  const found = [];
  let total = 1;
  while (found.length < Math.min(total, MOST_TRADES)) {
    const page = await ask(`${url}?offset=${found.length}&limit=${TRADES_A_PAGE}`);
    if (!page.trades.length) break;
    found.push(...page.trades);
    total = page.total;
  }
  return { trades: found, total: found.length ? total : 0 };
}

/** Times without a value that keep the axis even where thinning left few points: it counts points. */
function padding({ time, bars, shown }) {
  if (bars <= shown || time.length < 2) return [];
  const step = (time[time.length - 1] - time[0]) / (time.length - 1);
  const found = [];
  for (let i = 1; i < time.length; i += 1) {
    const count = Math.round((time[i] - time[i - 1]) / step);
    for (let k = 1; k < count; k += 1) found.push(Math.round(time[i - 1] + ((time[i] - time[i - 1]) * k) / count));
  }
  return found;
}

/** The overview with the part from `start` to `end` replaced by a finer one. */
function merged(coarse, fine) {
  if (!fine.time.length) return coarse;
  const first = fine.time[0];
  const last = fine.time[fine.time.length - 1];
  let from = coarse.time.findIndex((t) => t >= first);
  if (from < 0) from = coarse.time.length;
  let to = coarse.time.findIndex((t) => t > last);
  if (to < 0) to = coarse.time.length;
  const columns = {};
  for (const [name, values] of Object.entries(fine)) {
    if (Array.isArray(values)) columns[name] = [...coarse[name].slice(0, from), ...values, ...coarse[name].slice(to)];
  }
  const outside = padding(coarse).filter((t) => t < first || t > last);
  return { ...coarse, ...columns, empty: [...outside, ...padding(fine)].sort((a, b) => a - b) };
}

const points = (columns, name) =>
  columns.time.map((time, i) => (columns[name][i] === null ? { time } : { time, value: columns[name][i] }));

function results(trades) {
  const byTime = new Map();
  for (const trade of trades) {
    if (trade.exit_timestamp === null) continue;
    const time = seconds(trade.exit_timestamp);
    byTime.set(time, (byTime.get(time) ?? 0) + trade.pnl_abs);
  }
  return [...byTime].sort(([a], [b]) => a - b)
    .map(([time, value]) => ({ time, value, color: value < 0 ? INK.loss : INK.gain }));
}

function marks(trades) {
  const found = [];
  for (const { side, entry_timestamp: entry, exit_timestamp: exit } of trades) {
    const long = side === "BUY";
    found.push(mark(seconds(entry), long));
    if (exit !== null) found.push(mark(seconds(exit), !long));
  }
  // A reversal closes one trade and opens the next at the same bar: one arrow says it.
  const once = new Map(found.map((m) => [`${m.time}${m.shape}`, m]));
  return [...once.values()].sort((a, b) => a.time - b.time);
}

const mark = (time, buy) => ({
  time,
  position: buy ? "belowBar" : "aboveBar",
  shape: buy ? "arrowUp" : "arrowDown",
  color: buy ? INK.gain : INK.loss,
});

function letters() {
  const { fontFamily: family, fontSize } = getComputedStyle(document.body);
  return { family, size: Math.max(12, Math.round(parseFloat(fontSize) * 0.85)) };
}

function made(place, timeframe) {
  return createChart(place, {
    autoSize: true,
    layout: {
      background: { color: "#11161b" }, textColor: "#b4bfcc", fontFamily: letters().family, attributionLogo: true,
      fontSize: letters().size,
      panes: { separatorColor: "#57657a", separatorHoverColor: "#57657a55", enableResize: true },
    },
    grid: { vertLines: { color: "#1b222a" }, horzLines: { color: "#1b222a" } },
    rightPriceScale: { borderColor: INK.line, minimumWidth: innerWidth < 560 ? 60 : 90 },
    timeScale: { borderColor: INK.line, timeVisible: timeframe !== "1d", secondsVisible: false, minBarSpacing: 0.01 },
    crosshair: { mode: 0 },
    handleScroll: { mouseWheel: false, vertTouchDrag: false },
  });
}

export async function drawChart(figure, { seriesUrl, tradesUrl, timeframe, name }) {
  overview ??= ask(`${seriesUrl}?points=${POINTS}`);
  closedTrades ??= allTrades(tradesUrl);
  const [coarse, { trades, total }] = await Promise.all([overview, closedTrades]);
  const place = find("[data-area]", figure);
  const note = find("[data-note]", figure);
  const readout = find("[data-readout]", figure);
  const chart = made(place, timeframe);
  let columns = coarse;

  const axis = chart.addSeries(LineSeries, { priceScaleId: "axis", lastValueVisible: false, priceLineVisible: false });
  const drawn = CHARTS[figure.dataset.chart].map((spec) => {
    const series = chart.addSeries(spec.type, {
      ...spec.options, lineWidth: 2, priceLineVisible: false,
      priceFormat: { type: "custom", formatter: spec.show, minMove: 0.01 },
    }, spec.pane ?? 0);
    series.priceScale().applyOptions({ scaleMargins: spec.margins ?? { top: 0.12, bottom: 0.08 } });
    return { ...spec, series, markers: spec.marked ? createSeriesMarkers(series, []) : null };
  });
  chart.panes().forEach((pane, i) => {
    const spec = drawn.find((d) => d.pane === i);
    if (!spec) return;
    pane.setStretchFactor(spec.share);
    createTextWatermark(pane, {
      horzAlign: "left", vertAlign: "top", lines: [{ text: spec.label, color: "#b4bfcc", fontSize: letters().size, fontFamily: letters().family }],
    });
  });

  function put() {
    axis.setData((columns.empty ?? padding(columns)).map((time) => ({ time })));
    for (const { series, column, trades: fromTrades } of drawn) {
      series.setData(fromTrades ? results(trades) : points(columns, column));
    }
  }

  const everyMark = marks(trades);
  function putMarks(range) {
    const visible = range ? everyMark.filter((m) => m.time >= range.from && m.time <= range.to) : everyMark;
    const few = visible.length <= MOST_MARKERS;
    for (const { markers } of drawn) markers?.setMarkers(few ? visible : []);
    const sentences = [`${number(coarse.bars, 0)} bars`];
    if (columns.bars > columns.shown) sentences.push(`thinned out to ${number(columns.shown, 0)}; zoom in for more`);
    if (drawn.some((d) => d.markers)) {
      if (!few) sentences.push(`${number(visible.length, 0)} entries and exits: zoom in to see them`);
      if (total > trades.length) sentences.push(`entries and exits of the first ${number(trades.length, 0)} trades`);
    }
    note.textContent = `${sentences.join(", ")}.`;
  }

  function read(index) {
    const at = columns.time[index];
    const date = new Date(at * 1000).toISOString();
    const values = drawn.filter((d) => d.column).map(({ column, label, color, show }) => {
      const swatch = element("i");
      swatch.style.background = color;
      return element("span", {}, swatch, `${label} ${columns[column][index] === null ? "n/a" : show(columns[column][index])}`);
    });
    readout.replaceChildren(timeframe === "1d" ? date.slice(0, 10) : date.slice(0, 16).replace("T", " "), ...values);
  }

  function indexAt(time) {
    let low = 0;
    let high = columns.time.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (columns.time[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  let newest = 0;
  async function refine(range) {
    const mine = ++newest;
    const margin = (range.to - range.from) / 2;
    const query = `points=${POINTS}&start=${Math.floor(range.from - margin)}&end=${Math.ceil(range.to + margin)}`;
    const whole = range.from - margin <= coarse.time[0] && range.to + margin >= coarse.time[coarse.time.length - 1];
    const fine = whole ? null : await ask(`${seriesUrl}?${query}`).catch(() => null);
    if (mine !== newest || (fine === null && !whole) || (whole && columns === coarse)) return;
    columns = whole ? coarse : merged(coarse, fine);
    if (!whole) columns.shown = fine.bars > fine.shown ? fine.shown : columns.bars;
    put();
    chart.timeScale().setVisibleRange(range);
    putMarks(range);
  }

  let timer = null;
  let last = "";
  function moved() {
    const range = chart.timeScale().getVisibleRange();
    if (!range) return;
    const now = `${range.from} ${range.to}`;
    if (now === last) return;
    last = now;
    clearTimeout(timer);
    timer = setTimeout(() => {
      putMarks(range);
      if (coarse.bars > coarse.shown) refine(range);
    }, 250);
  }

  put();
  chart.timeScale().fitContent();
  putMarks(null);
  read(columns.time.length - 1);
  chart.timeScale().subscribeVisibleLogicalRangeChange(moved);
  chart.subscribeCrosshairMove(({ time }) => read(time === undefined ? columns.time.length - 1 : indexAt(time)));

  place.tabIndex = 0;
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", `${figure.dataset.chart} chart of ${name}. Left and right arrow read bars, plus and minus zoom.`);
  readout.setAttribute("aria-live", "polite");
  let cursor = columns.time.length - 1;
  place.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    const zoom = { "+": 0.7, "=": 0.7, "-": 1.43 }[event.key];
    if (step) {
      cursor = Math.min(Math.max(cursor + step, 0), columns.time.length - 1);
      const { series, column } = drawn[drawn.length - 1];
      chart.setCrosshairPosition(columns[column][cursor] ?? 0, columns.time[cursor], series);
      read(cursor);
    } else if (zoom) {
      const { from, to } = chart.timeScale().getVisibleLogicalRange();
      const half = ((to - from) / 2) * zoom;
      chart.timeScale().setVisibleLogicalRange({ from: (from + to) / 2 - half, to: (from + to) / 2 + half });
    } else return;
    event.preventDefault();
  });

  find('[data-chart-action="fit"]', figure)?.addEventListener("click", () => {
    columns = coarse;
    newest += 1;
    put();
    chart.timeScale().fitContent();
  });
  const log = find('[data-chart-action="log"]', figure);
  log?.addEventListener("click", () => {
    const on = log.getAttribute("aria-pressed") !== "true";
    log.setAttribute("aria-pressed", String(on));
    chart.priceScale("right").applyOptions({ mode: on ? PriceScaleMode.Logarithmic : PriceScaleMode.Normal });
  });
}
