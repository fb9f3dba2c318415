// What the charts draw: windows of a run's columns and its trades, thinned out by the server for a screen.

import { ask, RequestFailed } from "./dom.js";

const KEPT = 24;
const text = new TextDecoder();
const kept = new Map(); // address to promise, oldest first

function once(address, make) {
  const found = kept.get(address) ?? make();
  kept.delete(address);
  kept.set(address, found);
  found.catch(() => kept.delete(address));
  if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  return found;
}

function query(address, values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return `${address}?${new URLSearchParams(given)}`;
}

/** Columns as views on the answer's own bytes; its form is described in series_api.py. */
function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(text.decode(new Uint8Array(buffer, 4, length)));
  const columns = { bars: head.bars, rows: head.rows };
  head.columns.forEach((name, i) => {
    columns[name] = new Float64Array(buffer, 4 + length + 8 * head.rows * i, head.rows);
  });
  return columns;
}

async function download(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) throw new RequestFailed(answer?.status ?? 0, await answer?.json().catch(() => null));
  return unpacked(await answer.arrayBuffer());
}

/** The columns between `from` and `to` (seconds), or of the whole run, in at most `points` rows. */
export function columnsOf(run, { from, to, points, columns, window }) {
  const address = query(`/api/runs/${run}/series.bin`, { from, to, points, columns: columns.join(","), window });
  return once(address, () => download(address));
}

/** The trades between `from` and `to`: all of them where they are few, else each stretch's extremes. */
export function tradesOf(run, { from, to }) {
  const address = query(`/api/runs/${run}/marks`, { from, to });
  return once(address, () => ask(address));
}

/** The place of the first time that is not before `time`, the last place for none. */
export function placeOf(times, time) {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
