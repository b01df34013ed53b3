// The words around a chart: its key, its texts for screen readers, and the item at the cursor.

import { byId, createElement } from "../elements.js";
import { findIndex, toSeconds } from "../period.js";
import { describeFlags, formatDate, formatNumber, formatThreshold, translate } from "../text.js";
import { USUAL_YEARS, findWeek, hasRanges, moveCursors } from "./draw.js";

/** Show an item of a view, null for none; a key moves the slider, whose text screen readers read. */
export function showItem(drawing, index, isKey = false) {
  const words = index === null ? drawing.hint?.() ?? "" : drawing.describeItem(index);
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
  if (!hasRanges(normals)) return translate("noUsualRange", { years: USUAL_YEARS });
  const { years: count, first, last, caution } = normals.period;
  return [translate("normalsFrom", { count, first: formatDate(first), last: formatDate(last) }),
    caution ? translate("noWmoNormal") : ""].join(" ");
}

/** Return the words of the view Series, whose chart is in chart.js. */
export const describeMeans = ({ charts, look }, frame) => ({
  range: () => ({ first: findIndex(frame.points, toSeconds(frame.period.from)),
    last: findIndex(frame.points, toSeconds(frame.period.to) + 1) - 1 }),
  moveCursor: (index) => moveCursors(charts, frame.points[index].time),
  describeItem: (index) => describeReading(frame.points[index], frame.dataset, frame.normals),
  monthOf: (index) => frame.points[index].date.slice(0, 7),
  keys: () => [
    ["mean", translate("keyMean")],
    ["spread", translate(look().dense ? "keyEnvelope" : "keySpread")],
    ...(hasRanges(frame.normals) ? [["normal", translate("keyNormal")]] : []),
    ["flagged", translate("keyFlagged")],
    ...(frame.points.some(({ isBad }) => isBad) ? [["cross", translate("keyBad")]] : []),
    ["limit", translate("keyThreshold", { value: `${formatThreshold(frame.dataset.threshold)} ${frame.dataset.symbol}` })],
    ["alert", translate("keyAlert")],
  ],
  texts: () => describeCharts(look().points, frame.dataset, frame.period, frame.isAlert),
});

function describeCharts(points, dataset, { from, to }, isAlert) {
  if (!points.length) return [];
  const period = { from: formatDate(from), to: formatDate(to) };
  const value = `${formatThreshold(dataset.threshold)} ${dataset.symbol}`;
  const means = points.map(({ mean }) => mean);
  const [least, most] = [Math.min, Math.max].map((find) => formatNumber(means.reduce((a, b) => find(a, b))));
  return [translate("chartMean", { ...period, least, most }),
    translate("chartDeviation", { ...period, value, count: points.filter(isAlert).length })];
}

/** Describe a reading: date, values, doubt or verdict, and the usual range of its week. */
export function describeReading({ date, mean, deviation, flags, isBad, isDoubtful, comment }, { symbol }, normals) {
  const week = findWeek(normals, date);
  return [
    formatDate(date), `${formatNumber(mean)} ± ${formatNumber(deviation)} ${symbol}`,
    isDoubtful ? `${translate("flagged")}: ${describeFlags(flags)}` : null,
    isBad ? [translate("bad"), comment].filter(Boolean).join(": ") : null,
    week ? translate("usualForWeek", { week: week.week, low: formatNumber(week.p10), high: formatNumber(week.p90) }) : null,
  ].filter(Boolean).join(" · ");
}
