// The words around a chart: its key, its texts for screen readers, and the item at the cursor.

import { byId, createElement } from "../elements.js";
import { formatDate, translate } from "../text.js";

/** Show an item of a view, null for none; a key moves the slider, whose text screen readers read. */
export function showItem(drawing, index, isKey = false) {
  const words = index === null ? "" : drawing.describeItem(index);
  byId("readout").setAttribute("aria-live", isKey ? "off" : "polite");
  byId("readout").textContent = words;
  byId("charts").setAttribute("aria-valuenow", index === null ? 0 : Math.max(index - drawing.range().first, 0));
  byId("charts").setAttribute("aria-valuetext", words || translate("cursorHint"));
}

/** Show the key, the texts and the note of a view, and the count of readings in the period. */
export function showWords(drawing, { from, to }, count, normals) {
  const { first, last } = drawing.range();
  byId("charts").setAttribute("aria-valuemax", Math.max(last - first, 0));
  byId("shown").textContent = translate(count ? "shown" : "noneShown", { count, from: formatDate(from), to: formatDate(to) });
  byId("key").replaceChildren(...drawing.keys().map(([mark, text]) =>
    createElement("span", { class: "key" }, createElement("i", { class: `mark ${mark}` }), createElement("span", {}, text))));
  const texts = drawing.texts();
  ["mean-text", "deviation-text"].forEach((id, index) => {
    byId(id).textContent = texts[index] ?? "";
  });
  byId("view-note").replaceChildren(...[drawing.note?.() ?? describeNormals(normals)].flat());
}

function describeNormals(normals) {
  if (!normals) return "\u00a0";
  const { years: count, first, last, caution } = normals.period;
  return [translate("normalsFrom", { count, first: formatDate(first), last: formatDate(last) }),
    caution && count > 1 ? translate("noWmoNormal") : ""].join(" ");
}
