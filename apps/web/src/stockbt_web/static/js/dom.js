// Elements and requests. Text from the server is only ever set as text.

import { gettext } from "./i18n.js";

export { number } from "./i18n.js";

export const find = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export class RequestFailed extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || gettext("The server answered %(status)s.", { status }));
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
    throw new RequestFailed(0, { detail: gettext("The server cannot be reached. Is it running?") });
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text ? JSON.parse(text) : null;
  } catch {
    value = { detail: gettext("The server answered %(status)s with something that is no JSON.", { status: answer.status }) };
  }
  if (!answer.ok) throw new RequestFailed(answer.status, value);
  return value;
}

export function say(place, text, kind = "") {
  place.textContent = text;
  place.className = `message ${kind && `message-${kind}`}`;
}
