// Requests to the API.

import { parseJson } from "./decimals.js";

export async function fetchJson(path, parameters = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`, { headers: { Accept: "application/json" } });
  const body = await response.text();
  if (!response.ok) throw new Error(readDetail(response, body));
  return parseJson(body);
}

function readDetail(response, body) {
  try {
    return JSON.parse(body).detail;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}
