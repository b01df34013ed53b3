// Tables, badges and numbers in cells.

import { createElement } from "../elements.js";
import { formatDistinct, formatExact, formatNumber, isLong } from "../text.js";
import { equalDecimals } from "./decimals.js";

export const createBadge = (kind, label, title = null) =>
  createElement("span", { class: `badge ${kind}`, title }, label);

export const createUnit = (symbol) => createElement("span", { class: "unit" }, `(${symbol})`);

/** Return a scrollable table; each header is its text, the class of its column, and its unit. */
export function createTable(headers, rows, label, kind = "") {
  const head = headers.map(([text, column, unit]) =>
    createElement("th", { scope: "col", class: column }, text, unit ? [" ", createUnit(unit)] : null));
  const body = rows.map((cells) => createElement("tr", {}, cells.map((cell, index) =>
    createElement(index ? "td" : "th", { scope: index ? null : "row", class: headers[index][1],
      "data-header": [headers[index][0], headers[index][2] && `(${headers[index][2]})`].filter(Boolean).join(" ") }, cell))));
  return createElement("div", { class: "scroll", role: "group", "aria-label": label, tabindex: "0" },
    createElement("table", { class: kind }, createElement("thead", {}, createElement("tr", {}, head)),
      createElement("tbody", {}, body)));
}

/** Return a rounded number; if it is long, its title has every digit. */
export const createNumber = (value, label = formatNumber(value)) =>
  (value !== null && isLong(value) ? createElement("span", { title: formatExact(value) }, label) : label);

export const createExact = (value) => wrapDigits(formatExact(value), 32);

/** Return a rounded number, with more decimals if rounding would make it equal to the threshold. */
export function createDistinct(value, threshold) {
  if (value === null || equalDecimals(value, threshold)) return createNumber(value);
  const digits = formatDistinct(value, threshold);
  return digits === formatNumber(value) ? createNumber(value) : wrapDigits(digits, 10);
}

const wrapDigits = (digits, room) =>
  (digits.length > room ? createElement("span", { class: "digits" }, digits) : digits);
