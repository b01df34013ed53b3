// Requests to the API. Decimals stay texts: a file may have more digits than a double, and the page
// shows all of them. Use Number() only to draw and to compare.

import { FIGURES } from "./registry.js";

// Only a key has a colon behind its quote, so that no text of a file can match.
const DECIMALS = new RegExp(`"(mean|deviation|value|${FIGURES.map(({ name }) => name).join("|")})": ([-+.\\dEe]+)`, "g");

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

// A reviver would take four times as long, and older browsers do not give it the digits.
const parseJson = (content) => JSON.parse(content.replace(DECIMALS, '"$1": "$2"'));
