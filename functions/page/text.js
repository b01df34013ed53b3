// The visitor's language, and the formats of numbers and dates. The texts about figures and flags come
// from the service's registry.

import { FIGURES, FLAGS } from "./registry.js";
import { TEXTS } from "./texts.js";

for (const [name, texts] of Object.entries(TEXTS)) {
  for (const figure of FIGURES) {
    texts[`${figure.name}.title`] = figure.title[name];
    texts[`${figure.name}.shortTitle`] = figure.shortTitle[name];
    texts[`${figure.name}.summary`] = figure.summary[name];
  }
}

/** Add the texts of a module. */
export function addTexts(texts) {
  for (const name of Object.keys(TEXTS)) Object.assign(TEXTS[name], texts[name]);
}

let language = "en";
// The visitor's locale for dates and numbers, if it is of this language.
let locale = "en";

// By kind, locale and options: a page has thousands of numbers, and a new format costs more than its use.
const formats = new Map();

export function getFormat(Format, options, tag = locale) {
  const key = `${Format.name} ${tag} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Format(tag, options));
  return formats.get(key);
}

export function setLanguage(name) {
  language = name in TEXTS ? name : "en";
  locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = translate(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", translate(element.dataset.label));
    element.title = translate(element.dataset.label);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

export const getLanguage = () => language;

export const detectLanguage = () =>
  navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((name) => name in TEXTS) ??
  "en";

/** Return a text with its values filled in, in the plural form of `count` if it has several. */
export function translate(name, values = {}) {
  // A later release of the service may have more codes.
  const forms = TEXTS[language][name] ?? name;
  const template = typeof forms === "string" ? forms
    : forms[getFormat(Intl.PluralRules, {}, language).select(values.count)] ?? forms.other;
  return template.replace(/\{(\w+)\}/g, (_, key) =>
    (typeof values[key] === "number" ? formatNumber(values[key], 0) : String(values[key])));
}

// From here on numbers are written with an exponent. No measurement is as large, but a file without
// its decimal points has such values, and they would not fit the page.
const LONG = 1e9;
export const isLong = (value) => Math.abs(Number(value)) >= LONG;

function format(value, options) {
  if (value === null || value === undefined) return "–";
  return getFormat(Intl.NumberFormat, isLong(value)
    ? { notation: "scientific", maximumFractionDigits: 3 } : options).format(value);
}

// Intl rounds a text as the decimal it is, not as the nearest double.
export const formatNumber = (value, minimum = 2, maximum = minimum) =>
  format(value, { minimumFractionDigits: minimum, maximumFractionDigits: maximum });
export const formatChange = (value) => format(value,
  { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
// Readings are compared with the threshold, so it is never rounded.
export const formatThreshold = (value) => formatNumber(value, 2, 20);
/** Return a value with enough decimals, two or more, to tell it from another value. */
export function formatDistinct(value, other) {
  const decimals = [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20]
    .find((count) => formatNumber(value, 2, count) !== formatNumber(other, 2, count));
  return decimals ? formatNumber(value, 2, decimals) : formatExact(value);
}
// A label of an axis, which has little room.
export const formatTick = (value, decimals) => (Math.abs(value) < 1e5 ? formatNumber(value, decimals)
  : getFormat(Intl.NumberFormat, { notation: "scientific", maximumFractionDigits: 2 }).format(value));

/** Return every digit of a value, with the decimal separator of the locale. */
export const formatExact = (value) => value.replace(".",
  getFormat(Intl.NumberFormat, {}).formatToParts(0.5).find((part) => part.type === "decimal").value);

const createDateFormat = (options) => (iso) =>
  getFormat(Intl.DateTimeFormat, { timeZone: "UTC", ...options }).format(new Date(iso));

export const formatDate = createDateFormat({ day: "numeric", month: "short", year: "numeric" });
export const formatDay = createDateFormat({ day: "numeric", month: "short" });
export const formatMonth = (month) => createDateFormat({ month: "long", year: "numeric" })(`${month}-01`);
export const formatShortMonth = (month) => createDateFormat({ month: "short", year: "numeric" })(`${month}-01`);
export const formatMonthName = createDateFormat({ month: "short" });
export const formatLongMonthName = createDateFormat({ month: "long" });
export const formatTime = (iso) => getFormat(Intl.DateTimeFormat,
  { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));

/** Return the age of a time in words, such as "3 days ago". */
export function formatAge(iso, now = Date.now()) {
  const days = Math.round((Date.parse(iso) - now) / 86_400_000);
  const [count, unit] = Math.abs(days) < 60 ? [days, "day"]
    : Math.abs(days) < 730 ? [Math.trunc(days / 30.44), "month"] : [Math.trunc(days / 365.25), "year"];
  return getFormat(Intl.RelativeTimeFormat, { numeric: "auto" }).format(count, unit);
}

/** Return flags such as 'spike:suspect' in words; an unknown name stays as it is. */
export const describeFlags = (flags) => flags.map(describeFlag).join(", ");

function describeFlag(flag) {
  const [test, verdict, date] = flag.split(":").map((part) => FLAGS[language][part] ?? part);
  if (!verdict) return test;
  return date ? `${test} ${date} (${verdict})` : `${test} (${verdict})`;
}
