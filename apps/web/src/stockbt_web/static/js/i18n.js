// The page's language: the texts of the scripts, and numbers and dates as the language writes them.

export const language = document.documentElement.lang;
const messages = language === "en" ? {} : (await import(`./messages/${language}.js`)).default;

const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export const gettext = (text, values = {}) => filled(messages[text] ?? text, values);
export const ngettext = (one, many, n, values = {}) =>
  filled(messages[one] ?? (n === 1 ? one : many), { n: number(n, 0), ...values });

const formats = new Map();
function format(key, make) {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}

const LARGE = 1e15; // more digits than that no number knows, and no axis has room for

export function number(value, digits = 2, { sign = false } = {}) {
  if (value === null || value === undefined || !Number.isFinite(value)) return gettext("n/a");
  if (Math.abs(value) >= LARGE) return (sign && value > 0 ? "+" : "") + Number(value.toPrecision(3)).toExponential();
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  if (sign) options.signDisplay = "exceptZero";
  return format(`${digits}${sign}`, () => new Intl.NumberFormat(language, options)).format(value);
}

const DAY = { dateStyle: "medium", timeZone: "UTC" };
const MOMENT = { ...DAY, timeStyle: "medium", hourCycle: "h23" };
export const day = (value) => format("day", () => new Intl.DateTimeFormat(language, DAY)).format(new Date(value));
export const moment = (value) => format("moment", () => new Intl.DateTimeFormat(language, MOMENT)).format(new Date(value));
