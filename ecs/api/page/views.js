// The heading, the facts, the months, the detail of a month and the alerts.

import { equalDecimals } from "./decimals.js";
import { byId, createBadge, createElement, createTable } from "./elements.js";
import { describeFlags, translateMetadata } from "./reasons.js";
import { FIGURES } from "./registry.js";
import {
  formatChange, formatDate, formatDay, formatDistinct, formatExact, formatMonth, formatNumber, formatShortMonth,
  formatThreshold, formatTime, getLanguage, isLong, translate,
} from "./text.js";

const CHANGES = FIGURES.filter((figure) => figure.needsPreviousMonth);
// The column "other years" shows the first figure.
const [FIRST] = FIGURES;
export const monthOf = (row) => `${row.year}-${String(row.month).padStart(2, "0")}`;
const describeReason = ({ code, count, month }) => translate(code, { count, days: count, month: formatMonth(month) });
const describeReasons = (reasons) => reasons.map(describeReason).join(" ");
const describeYears = ({ difference, years }) => translate("years", { difference: formatChange(difference), count: years });
const countReadings = (count) => translate("readings", { count });

export function showHeading({ dataset, datasets }) {
  byId("title").textContent = (getLanguage() === "es" && dataset.title_es) || dataset.title;
  document.title = `${byId("title").textContent} · AquaSenseCloud`;
  byId("summary").textContent = `${dataset.name} · ${dataset.standard_name} · ${dataset.unit}`;
  byId("source").replaceChildren(`${translate("source")}: `, createMetadata(dataset.source),
    `. ${translate("licence")}: `, createMetadata(dataset.licence), `. ${translate("asInFiles")}`);
  byId("dataset").replaceChildren(...datasets.map(({ name }) =>
    createElement("option", { value: name, selected: name === dataset.name }, name)));
  byId("datasets").hidden = datasets.length < 2;
}

// Text without a translation is marked as English, for screen readers.
const createMetadata = (text) => translateMetadata(text) ?? createElement("span", { lang: "en" }, text);

export function showFacts({ dataset, readings, uploads, alertDates }) {
  const last = readings.at(-1);
  const alerts = alertDates.size;
  const unit = ` ${dataset.symbol}`;
  const createFact = (value, label, kind) =>
    createElement("li", { class: kind }, createElement("b", {}, value), createElement("span", {}, label));
  byId("facts").replaceChildren(
    createFact(`${formatNumber(last.mean)} ± ${formatNumber(last.deviation)}${unit}`,
      translate("latest", { date: formatDate(last.date) })),
    createFact(formatNumber(readings.length, 0), translate("count", { date: formatDate(readings[0].date) })),
    createFact(formatNumber(alerts, 0), translate("above", { value: formatThreshold(dataset.threshold) + unit }),
      alerts ? "alerting" : ""),
    ...(uploads[0] ? [createFact(formatDate(uploads[0].uploaded_at), translate("lastUpload"))] : []),
  );
}

export function addFigureColumns() {
  byId("months-head").firstElementChild.after(...FIGURES.map(({ name }) =>
    createElement("th", { scope: "col", class: "number" },
      createElement("span", { class: "long", "data-text": `${name}.title` }),
      createElement("span", { class: "short", "data-text": `${name}.shortTitle` }))));
}

export function showMonths(state, rows, openMonth) {
  byId("months").querySelector("tbody").replaceChildren(...groupEmptyMonths(rows).reverse().map((row) =>
    Array.isArray(row) ? createGapRow(row) : createMonthRow(state, row, openMonth)));
  byId("months-note").hidden = rows.every((row) => row.comparable
    || CHANGES.every(({ name }) => row[name] === null));
}

/** Return the rows, with consecutive months without readings as one array. */
function groupEmptyMonths(rows) {
  const groups = [];
  for (const row of rows) {
    if (row.coverage) groups.push(row);
    else if (Array.isArray(groups.at(-1))) groups.at(-1).push(row);
    else groups.push([row]);
  }
  return groups;
}

function createGapRow(rows) {
  const [first, last] = [rows[0], rows.at(-1)].map((row) => formatMonth(monthOf(row)));
  return createElement("tr", { class: "none" },
    createElement("th", { scope: "row" }, rows.length > 1 ? `${first} – ${last}` : first),
    createElement("td", { colspan: FIGURES.length + 2 },
      rows.length > 1 ? translate("noReadingsMonths", { count: rows.length }) : translate("noReadings")));
}

function createMonthRow(state, row, openMonth) {
  const month = monthOf(row);
  // The reasons of the previous month are in its own row.
  const reasons = row.reasons.filter((reason) => reason.month === month);
  const alerts = [...state.alertDates].filter((date) => date.startsWith(month)).length;
  const flags = Object.entries(row.flags).map(([date, names]) => `${formatDay(date)}: ${describeFlags(names)}`);
  const badges = [
    reasons.length ? createBadge("limit", translate("incomplete"), describeReasons(reasons)) : null,
    alerts ? createBadge("alert", `${translate("alert")} ${alerts}`) : null,
    flags.length ? createBadge("bad", translate("flagged"), flags.join("; ")) : null,
  ];
  const other = row.other_years[FIRST.name];
  return createElement("tr", { "aria-current": state.month === month ? "true" : null },
    createElement("th", { scope: "row" }, createElement("button", {
      type: "button", class: "link", "data-month": month, onclick: () => openMonth(month),
    }, createElement("span", { class: "long" }, formatMonth(month)),
    createElement("span", { class: "short" }, formatShortMonth(month)))),
    FIGURES.map((figure) => createElement("td", { class: "number" }, createFigure(figure, row, state.dataset.threshold))),
    createElement("td", { class: "number wide" }, other.difference === null ? "–" : describeYears(other)),
    createElement("td", {}, `${countReadings(row.coverage.readings)} `,
      ...badges.filter(Boolean).flatMap((badge) => [badge, " "])));
}

function createFigure(figure, row, threshold) {
  const value = row[figure.name];
  if (figure.comparedWithThreshold) return createDistinct(value, threshold);
  if (!figure.needsPreviousMonth) return createNumber(value);
  const change = createNumber(value, formatChange(value));
  return row.comparable || value === null ? change
    : createElement("span", { title: describeReasons(row.reasons) }, change, " *");
}

export function showDetail(state, row, figures, closeMonth) {
  const { dataset } = state;
  const { coverage } = row;
  const parameters = new URLSearchParams({ month: row.month, year: row.year, dataset: dataset.name });
  const createBox = ({ name, needsPreviousMonth }) => createElement("div", {},
    createElement("dt", {}, translate(`${name}.title`)),
    createElement("dd", {},
      createElement("span", { class: "value", "data-figure": name },
        row[name] === null ? "–" : `${formatExact(figures[name].value)} ${dataset.symbol}`),
      createElement("small", {}, translate(`${name}.summary`)),
      row.other_years[name].difference === null ? null
        : createElement("small", {}, `${translate("otherYears")}: ${describeYears(row.other_years[name])}`),
      needsPreviousMonth && row[name] !== null && !row.comparable
        ? createElement("small", { class: "bad" }, `${translate("notComparable")}: ${describeReasons(row.reasons)}`)
        : null,
      createElement("small", {}, ...["json", "csv"].flatMap((format) => [createElement("a",
        { href: `/${name}?${parameters}&explain=1&format=${format}` }, format.toUpperCase()), " "]))));
  // The rows of such a figure are the readings of this month alone.
  const monthly = FIGURES.find((figure) => !figure.needsPreviousMonth);
  const rows = figures[monthly.name].rows.map((reading) => [
    formatDate(reading.date), createExact(reading.mean), createExact(reading.deviation),
    createElement("span", {}, reading.file, reading.flags.length
      ? [" ", createBadge("bad", translate("flagged")),
        createElement("small", { class: "why" }, describeFlags(reading.flags))]
      : null),
    String(reading.line), formatTime(reading.uploaded_at)]);
  byId("detail").replaceChildren(
    createElement("div", { class: "bar" },
      createElement("h2", { id: "detail-title" }, formatMonth(monthOf(row))),
      createElement("button", { type: "button", onclick: closeMonth }, translate("close"))),
    createElement("p", { class: "quiet" }, `${countReadings(coverage.readings)}: ${formatDate(coverage.first)} – `
      + `${formatDate(coverage.last)}, ${translate("gap", { days: coverage.largest_gap_days })}.`),
    createElement("dl", { class: "figures" }, FIGURES.map(createBox)),
    createElement("h3", {}, translate("readingsBehind")),
    createTable([[translate("date")], [`${translate("mean")} (${dataset.symbol})`, "number exact"],
      [`${translate("deviation")} (${dataset.symbol})`, "number exact"], [translate("file")],
      [translate("line"), "number"], [translate("uploaded")]], rows, translate("readingsBehind"), "stacked"));
}

// A rounded number; if it is long, its title has every digit.
const createNumber = (value, label = formatNumber(value)) =>
  (value !== null && isLong(value) ? createElement("span", { title: formatExact(value) }, label) : label);

const createExact = (value) => wrapDigits(formatExact(value), 32);
const wrapDigits = (digits, room) =>
  (digits.length > room ? createElement("span", { class: "digits" }, digits) : digits);

// A rounded number, with more decimals if rounding would make it equal to the threshold.
function createDistinct(value, threshold) {
  if (value === null || equalDecimals(value, threshold)) return createNumber(value);
  const digits = formatDistinct(value, threshold);
  return digits === formatNumber(value) ? createNumber(value) : wrapDigits(digits, 10);
}

export function showAlerts({ dataset }, alerts) {
  if (!alerts.length) {
    byId("alerts").replaceChildren(createElement("p", { class: "quiet" },
      translate("noAlerts", { value: `${formatThreshold(dataset.threshold)} ${dataset.symbol}` })));
    return;
  }
  // The newest first, as in the other lists.
  const rows = [...alerts].reverse().map((alert) => [
    formatDate(alert.date), createDistinct(alert.deviation, dataset.threshold), createNumber(alert.mean),
    alert.above_threshold ? describeAnnouncement(alert.announced) : createBadge("limit", translate("retracted"))]);
  byId("alerts").replaceChildren(createTable([[translate("date")], [translate("deviation"), "number"],
    [translate("mean"), "number"], [translate("announced")]], rows, translate("alerts")));
}

function describeAnnouncement(announced) {
  if (!announced) return translate("notAnnounced");
  return formatTime(announced.at ?? parseEventTime(announced.by));
}

// The time that an event id begins with.
const parseEventTime = (id) => id.replace(
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d+Z).*/, "$1-$2-$3T$4:$5:$6");
