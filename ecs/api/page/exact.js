// JSON whose values keep every digit: what was measured stays the text that the answer has, since a
// double has some seventeen digits and a file may have more. To draw it, Number() will do.

import { FIGURES } from "./registry.js";

const VALUES = new Set(["mean", "deviation", "threshold", "value", ...FIGURES.map(({ name }) => name)]);

// A browser without `source` (before Chromium 114, Firefox 135, Safari 18.4) gives the double's digits.
export const parse = (content) => JSON.parse(content, (key, value, context) =>
  (typeof value === "number" && VALUES.has(key) ? context?.source ?? String(value) : value));

// Whether two such texts are the same value, however it is written (0.5, 0.50).
export const same = (one, other) => one === other
  || (one !== null && other !== null && canonical(one) === canonical(other));

const canonical = (value) => (/[.]/.test(value) && !/e/i.test(value) ? value.replace(/\.?0+$/, "") : value);
