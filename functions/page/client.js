// Requests to the API. Decimals stay texts: a file may have more digits than a double, and the page
// shows all of them. Use Number() only to draw and to compare.

import { FIGURES } from "./registry.js";

const DECIMAL_KEYS = new Set(["mean", "deviation", "value", ...FIGURES.map(({ name }) => name)]);

/** Return the parsed JSON of a URL; `signal` aborts the request. */
export async function fetchJson(url, signal) {
  // Without headers of its own, so that the browser can use the response that it has preloaded.
  const response = await fetch(url, { signal });
  const body = await response.text();
  if (!response.ok) throw new Error(readDetail(response, body));
  return parseJson(body);
}

export const buildUrl = (path, parameters) => `${path}?${new URLSearchParams(parameters)}`;

function readDetail(response, body) {
  try {
    return JSON.parse(body).detail;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

// Browsers without `source` (before Chromium 114, Firefox 135, Safari 18.4) give the double's digits.
const parseJson = (content) => JSON.parse(content, (key, value, context) =>
  (typeof value === "number" && DECIMAL_KEYS.has(key) ? context?.source ?? String(value) : value));
