// Decimals as texts: a file may have more digits than a double, and the page shows all of them.
// Use Number() only to draw and to compare.

import { FIGURES } from "./registry.js";

const DECIMAL_KEYS = new Set(["mean", "deviation", "threshold", "value", ...FIGURES.map(({ name }) => name)]);

// Browsers without `source` (before Chromium 114, Firefox 135, Safari 18.4) give the double's digits.
export const parseJson = (content) => JSON.parse(content, (key, value, context) =>
  (typeof value === "number" && DECIMAL_KEYS.has(key) ? context?.source ?? String(value) : value));

/** Return whether two decimals have the same value: "0.5" equals "0.50". */
export const equalDecimals = (a, b) => a === b
  || (a !== null && b !== null && removeTrailingZeros(a) === removeTrailingZeros(b));

const removeTrailingZeros = (value) =>
  (/[.]/.test(value) && !/e/i.test(value) ? value.replace(/\.?0+$/, "") : value);
