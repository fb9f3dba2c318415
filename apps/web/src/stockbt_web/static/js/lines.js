// Several curves over one time axis, drawn by lightweight-charts in the page's colours, light or dark.

import {
  createChart, createSeriesMarkers, LineSeries, LineStyle,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { day, language, moment } from "./i18n.js";

// As large as the page's own text, which grows with the screen.
const textSize = () => Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.86);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Okabe and Ito's colours, which colour-blind people can tell apart; after them the line's style changes.
const DARK = ["#56b4e9", "#e69f00", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#ffffff"];
const LIGHT = ["#0072b2", "#a86400", "#00775a", "#7a6f00", "#a8447a", "#c04a00", "#000000"];
const STYLES = [LineStyle.Solid, LineStyle.Dashed, LineStyle.Dotted];
export const STYLE_NAMES = ["solid", "dashed", "dotted"];

export function look(index) {
  const colours = document.documentElement.dataset.bsTheme === "light" ? LIGHT : DARK;
  const style = Math.floor(index / colours.length) % STYLES.length;
  return { color: colours[index % colours.length], lineStyle: STYLES[style], styleName: STYLE_NAMES[style] };
}

// curves: [{label, time: [seconds], value: [...], format}]; marks: [{time, text, index}] on the first curve.
export function drawLines(area, curves, { intraday = false, marks = [], label = "", onRead = () => {} } = {}) {
  const options = () => ({
    layout: { background: { color: "transparent" }, textColor: colour("--ink"), fontSize: textSize(), attributionLogo: false },
    grid: { vertLines: { color: colour("--line") }, horzLines: { color: colour("--line") } },
    timeScale: { borderColor: colour("--line"), timeVisible: intraday, minBarSpacing: 0.001 },
    rightPriceScale: { borderColor: colour("--line") },
    localization: { locale: language, timeFormatter: (time) => (intraday ? moment(time * 1000) : day(time * 1000)) },
  });
  const chart = createChart(area, { ...options(), autoSize: true });
  const series = curves.map((curve) => {
    const line = chart.addSeries(LineSeries, {
      lineWidth: 2, priceLineVisible: false, lastValueVisible: false,
      priceFormat: { type: "custom", formatter: curve.format, minMove: 0.0001 },
    });
    line.setData(curve.time.map((time, i) => (curve.value[i] === null ? { time } : { time, value: curve.value[i] })));
    return line;
  });
  const pins = marks.length ? createSeriesMarkers(series[0], []) : null;

  function paint() {
    chart.applyOptions(options());
    series.forEach((line, index) => line.applyOptions({ color: look(index).color, lineStyle: look(index).lineStyle }));
    pins?.setMarkers(marks.map(({ time, text, index }) => (
      { time, text, position: "aboveBar", shape: "arrowDown", size: 0.6, color: look(index + 1).color })));
  }
  paint();
  document.addEventListener("themechange", paint);

  area.tabIndex = 0;
  area.setAttribute("role", "group");
  area.setAttribute("aria-label", label);
  area.addEventListener("keydown", (event) => {
    const scale = chart.timeScale();
    const range = scale.getVisibleLogicalRange();
    const width = range ? range.to - range.from : 0;
    const by = { ArrowLeft: [-0.1, -0.1], ArrowRight: [0.1, 0.1], "+": [0.15, -0.15], "-": [-0.2, 0.2] }[event.key];
    if (event.key === "Home") scale.fitContent();
    else if (by && range) scale.setVisibleLogicalRange({ from: range.from + by[0] * width, to: range.to + by[1] * width });
    else return;
    event.preventDefault();
  });
  chart.subscribeCrosshairMove(({ time, seriesData }) => {
    onRead(time, series.map((line) => seriesData?.get(line)?.value));
  });
  chart.timeScale().subscribeVisibleTimeRangeChange((range) => {
    area.dataset.shown = range ? `${range.from} ${range.to}` : "";
  });
  chart.timeScale().fitContent();
  return { chart, series };
}
