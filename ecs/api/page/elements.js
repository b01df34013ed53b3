// DOM without markup in strings: what a file name says can never become an element.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const badge = (kind, label, title = null) =>
  element("span", { class: `badge ${kind}`, title }, label);

export const byId = (id) => document.getElementById(id);

export function table(headers, rows, label, kind = "") {
  const head = headers.map(([text, kind]) => element("th", { scope: "col", class: kind }, text));
  const body = rows.map((cells) => element("tr", {}, cells.map((cell, index) =>
    element(index ? "td" : "th", { scope: index ? null : "row", class: headers[index][1],
      "data-header": headers[index][0] }, cell))));
  return element("div", { class: "scroll", role: "group", "aria-label": label, tabindex: "0" },
    element("table", { class: kind }, element("thead", {}, element("tr", {}, head)),
      element("tbody", {}, body)));
}

export async function copy(value, said) {
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    // Without https a browser has no clipboard to write to: offer the text itself.
    window.prompt(said, value);
    return;
  }
  byId("said").textContent = said;
}
