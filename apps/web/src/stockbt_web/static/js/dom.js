// Elements and requests. Text from the server is only ever set as text.

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export class RequestFailed extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || `The server answered ${status}.`);
    this.status = status;
    this.errors = body?.errors ?? [];
    this.body = body;
  }
}

export async function ask(url, { method = "GET", body } = {}) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new RequestFailed(0, { detail: "The server cannot be reached. Is it running?" });
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = { detail: `The server answered ${answer.status} with something that is no JSON.` };
  }
  if (!answer.ok) throw new RequestFailed(answer.status, value);
  return value;
}

export function say(place, text, kind = "") {
  place.textContent = text;
  place.className = `message ${kind && `message-${kind}`}`;
}

const formats = new Map();
export function number(value, digits = 2, { sign = false } = {}) {
  if (value === null || value === undefined) return "n/a";
  const key = `${digits}${sign}`;
  if (!formats.has(key)) {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    if (sign) options.signDisplay = "exceptZero";
    formats.set(key, new Intl.NumberFormat("en-US", options));
  }
  return formats.get(key).format(value);
}
