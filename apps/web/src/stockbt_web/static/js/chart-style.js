// What each chart shows, and its colours: the page's own, so that light and dark need no second definition.

import { AreaSeries, BaselineSeries, HistogramSeries, LineSeries } from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { gettext as _, number } from "./i18n.js";

const money = (value) => number(value, value === 0 || Math.abs(value) >= 1000 ? 0 : 2);
const percent = (value) => `${number(value, 2)} %`;
const price = (value) => number(value, 2);
const shares = (value) => number(value, Number.isInteger(value) ? 0 : 2);
const signedMoney = (value) => number(value, value === 0 || Math.abs(value) >= 100 ? 0 : 2, { sign: true });

const line = (color, more = {}) => (ink) => ({ color: ink[color], ...more });
const area = (color, more = {}) => (ink) => ({ lineColor: ink[color], topColor: `${ink[color]}44`, bottomColor: `${ink[color]}08`, ...more });
const around = (above, below) => (ink) => ({
  baseValue: { type: "price", price: 0 },
  topLineColor: ink[above], topFillColor1: `${ink[above]}55`, topFillColor2: `${ink[above]}0a`,
  bottomLineColor: ink[below], bottomFillColor1: `${ink[below]}0a`, bottomFillColor2: `${ink[below]}66`,
});
const STEPS = { lineType: 1 };
const DASHED = { lineStyle: 2 };

const equity = { column: "equity", label: _("Equity"), type: AreaSeries, color: "equity", options: area("equity"), show: money };
const drawdown = { column: "drawdown", label: _("Drawdown"), type: BaselineSeries, color: "loss", options: around("loss", "loss"), show: percent, margins: { top: 0.2, bottom: 0.06 } };
const close = { column: "close", label: _("Close"), type: LineSeries, color: "price", options: line("price"), show: price, marked: true };

/** For each chart its lines from top to bottom: the column, how it is drawn, in which pane and with what share. */
export const CHARTS = {
  equity: [
    { column: "buy_hold", label: _("Buy & hold"), type: LineSeries, color: "hold", options: line("hold", DASHED), show: money, pane: 0, share: 3 },
    { ...equity, pane: 0, share: 3, marked: true },
    { ...close, pane: 1, share: 1.2, marked: false },
    { ...drawdown, pane: 2, share: 1.1 },
  ],
  drawdown: [
    { ...drawdown, pane: 0, share: 2.2, margins: { top: 0.1, bottom: 0.06 } },
    { ...equity, pane: 1, share: 1 },
  ],
  portfolio: [
    { ...close, pane: 0, share: 2.6 },
    { column: "position", label: _("Position, shares"), type: LineSeries, color: "hold", options: line("hold", STEPS), show: shares, pane: 1, share: 1 },
    { column: "cash", label: _("Cash"), type: AreaSeries, color: "cash", options: area("cash", STEPS), show: money, pane: 2, share: 1 },
    { column: "exposure", label: _("Exposure"), type: AreaSeries, color: "equity", options: area("equity", STEPS), show: percent, pane: 3, share: 0.9 },
  ],
  results: [
    { results: true, label: _("Trade P&L"), type: HistogramSeries, color: "gain", options: () => ({ base: 0 }), show: signedMoney, pane: 0, share: 1.2 },
    { column: "cumulative_return", label: _("Cumulative return"), type: BaselineSeries, color: "gain", options: around("gain", "loss"), show: percent, pane: 1, share: 1.4 },
  ],
  rolling: [
    { column: "rolling_sharpe", label: _("Sharpe ratio"), type: LineSeries, color: "equity", options: line("equity"), show: price, pane: 0, share: 1 },
    { column: "rolling_volatility", label: _("Volatility"), type: LineSeries, color: "cash", options: line("cash"), show: percent, pane: 1, share: 1 },
  ],
};

const INKS = ["equity", "hold", "price", "cash", "gain", "loss", "ground", "text", "grid", "border"];

/** The colours as the page has them now. */
export function inks() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(INKS.map((name) => [name, style.getPropertyValue(`--chart-${name}`).trim()]));
}

/** The chart's own colours and letters. */
export function surface(ink) {
  const { fontFamily, fontSize } = getComputedStyle(document.body);
  return {
    layout: {
      background: { color: ink.ground }, textColor: ink.text, fontFamily, attributionLogo: false, // the page's foot names the library and its makers
      fontSize: Math.max(12, Math.round(parseFloat(fontSize) * 0.85)),
      panes: { separatorColor: ink.border, separatorHoverColor: `${ink.border}55`, enableResize: true },
    },
    grid: { vertLines: { color: ink.grid }, horzLines: { color: ink.grid } },
    rightPriceScale: { borderColor: ink.border },
    timeScale: { borderColor: ink.border },
  };
}
