// Build DOM elements without markup in strings, so that a file name cannot become an element.

export function createElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const createBadge = (kind, label, title = null) =>
  createElement("span", { class: `badge ${kind}`, title }, label);

export const byId = (id) => document.getElementById(id);

/** Return a scrollable table; each header is its text and the class of its column. */
export function createTable(headers, rows, label, kind = "") {
  const head = headers.map(([text, column]) => createElement("th", { scope: "col", class: column }, text));
  const body = rows.map((cells) => createElement("tr", {}, cells.map((cell, index) =>
    createElement(index ? "td" : "th", { scope: index ? null : "row", class: headers[index][1],
      "data-header": headers[index][0] }, cell))));
  return createElement("div", { class: "scroll", role: "group", "aria-label": label, tabindex: "0" },
    createElement("table", { class: kind }, createElement("thead", {}, createElement("tr", {}, head)),
      createElement("tbody", {}, body)));
}

export async function copyText(value, message) {
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    // Without HTTPS a page has no clipboard.
    window.prompt(message, value);
    return;
  }
  byId("announcement").textContent = message;
}
