// The tables and lists below the chart.

import { badge, byId, element, table } from "./elements.js";
import { same } from "./exact.js";
import { flags } from "./reasons.js";
import { FIGURES } from "./registry.js";
import {
  day, dayMonth, distinct, exact, isLong, moment, monthName, number,
  shortMonth, signed, text, threshold,
} from "./text.js";

// What is compared with the month before, and what the column "other years" is about.
const CHANGES = FIGURES.filter((one) => one.needsPreviousMonth);
const [FIRST] = FIGURES;
export const nameOf = (row) => `${row.year}-${String(row.month).padStart(2, "0")}`;
const shortcoming = (reason) => text(reason.code,
  { count: reason.count, days: reason.count, month: monthName(reason.month) });
const readingsText = (count) => text("readings", { count });

export function facts(state, shownUploads) {
  const { dataset, readings } = state;
  const last = readings.at(-1);
  const above = state.above.size;
  const symbol = ` ${dataset.symbol}`;
  const fact = (value, label, kind) =>
    element("li", { class: kind }, element("b", {}, value), element("span", {}, label));
  byId("facts").replaceChildren(
    fact(`${number(last.mean)} ± ${number(last.deviation)}${symbol}`, text("latest", { date: day(last.date) })),
    fact(number(readings.length, 0), text("count", { date: day(readings[0].date) })),
    fact(number(above, 0), text("above", { value: threshold(dataset.threshold) + symbol }), above ? "alerting" : ""),
    ...(shownUploads[0]
      ? [fact(day(shownUploads[0].uploaded_at), text("lastUpload"))] : []),
  );
}

// The columns of the figures, behind that of the month.
export function monthsHead() {
  byId("months-head").firstElementChild.after(...FIGURES.map(({ name }) =>
    element("th", { scope: "col", class: "number" },
      element("span", { class: "long", "data-text": `${name}.title` }),
      element("span", { class: "short", "data-text": `${name}.shortTitle` }))));
}

export function months(state, rows, open) {
  byId("months").querySelector("tbody").replaceChildren(...grouped(rows).reverse().map((row) =>
    Array.isArray(row) ? gapRow(row) : monthRow(state, row, open)));
  byId("months-note").hidden = rows.every((row) => row.comparable
    || CHANGES.every(({ name }) => row[name] === null));
}

// Months without readings that follow each other are one line.
function grouped(rows) {
  const found = [];
  for (const row of rows) {
    if (row.coverage) found.push(row);
    else if (Array.isArray(found.at(-1))) found.at(-1).push(row);
    else found.push([row]);
  }
  return found;
}

function gapRow(rows) {
  const [first, last] = [rows[0], rows.at(-1)].map((row) => monthName(nameOf(row)));
  return element("tr", { class: "none" },
    element("th", { scope: "row" }, rows.length > 1 ? `${first} – ${last}` : first),
    element("td", { colspan: FIGURES.length + 2 },
      rows.length > 1 ? text("noReadingsMonths", { count: rows.length }) : text("noReadings")));
}

function monthRow(state, row, open) {
  const name = nameOf(row);
  const own = row.reasons.filter((reason) => reason.month === name);
  const alerts = [...state.above].filter((date) => date.startsWith(name));
  const badges = [
    own.length ? badge("limit", text("incomplete"), own.map(shortcoming).join(" ")) : null,
    alerts.length ? badge("alert", `${text("alert")} ${alerts.length}`) : null,
    Object.keys(row.flags).length ? badge("bad", text("flagged"), Object.entries(row.flags)
      .map(([date, names]) => `${dayMonth(date)}: ${flags(names)}`).join("; ")) : null,
  ];
  const other = row.other_years[FIRST.name];
  return element("tr", { "aria-current": state.month === name ? "true" : null },
    element("th", { scope: "row" }, element("button", {
      type: "button", class: "link", "data-month": name, onclick: () => open(name),
    }, element("span", { class: "long" }, monthName(name)),
    element("span", { class: "short" }, shortMonth(name)))),
    FIGURES.map((one) => element("td", { class: "number" }, figureCell(one, row, state.dataset.threshold))),
    element("td", { class: "number wide" }, other.difference === null ? "–"
      : text("years", { difference: signed(other.difference), count: other.years })),
    element("td", {}, `${readingsText(row.coverage.readings)} `, ...spaced(badges)));
}

function figureCell(one, row, limit) {
  const value = row[one.name];
  if (one.comparedWithThreshold) return apart(value, limit);
  if (!one.needsPreviousMonth) return figure(value);
  const change = figure(value, signed(value));
  return row.comparable || value === null ? change
    : element("span", { title: row.reasons.map(shortcoming).join(" ") }, change, " *");
}

const spaced = (items) => items.filter(Boolean).flatMap((item) => [item, " "]);

export function detail(state, row, answers, close) {
  const name = nameOf(row);
  const { dataset } = state;
  const symbol = ` ${dataset.symbol}`;
  const query = new URLSearchParams({ month: row.month, year: row.year, dataset: dataset.name });
  const boxes = FIGURES.map(({ name: metric, needsPreviousMonth }) => element("div", {},
    element("dt", {}, text(`${metric}.title`)),
    element("dd", {},
      element("span", { class: "value", "data-figure": metric },
        row[metric] === null ? "–" : `${exact(answers[metric].value)}${symbol}`),
      element("small", {}, text(`${metric}.summary`)),
      difference(row.other_years[metric]),
      needsPreviousMonth && row[metric] !== null && !row.comparable
        ? element("small", { class: "bad" }, `${text("notComparable")}: ${row.reasons.map(shortcoming).join(" ")}`)
        : null,
      element("small", {}, ...["json", "csv"].flatMap((format) =>
        [element("a", { href: `/${metric}?${query}&explain=1&format=${format}` }, format.toUpperCase()), " "])))));
  // A figure of this month alone, whose rows are those of this month.
  const rowsOf = FIGURES.find((one) => !one.needsPreviousMonth);
  const rows = answers[rowsOf.name].rows.map((reading) => [
    day(reading.date), digits(reading.mean), digits(reading.deviation),
    element("span", {}, reading.file, reading.flags.length
      ? [" ", badge("bad", text("flagged")), element("small", { class: "why" }, flags(reading.flags))]
      : null),
    String(reading.line), moment(reading.uploaded_at)]);
  byId("detail").replaceChildren(
    element("div", { class: "bar" },
      element("h2", { id: "detail-title" }, monthName(name)),
      element("button", { type: "button", onclick: close }, text("close"))),
    element("p", { class: "quiet" }, `${readingsText(row.coverage.readings)}: ${day(row.coverage.first)} – ${day(row.coverage.last)}, ${text("gap", { days: row.coverage.largest_gap_days })}.`),
    element("dl", { class: "figures" }, boxes),
    element("h3", {}, text("readingsBehind")),
    table([[text("date")], [`${text("mean")} (${dataset.symbol})`, "number exact"],
      [`${text("deviation")} (${dataset.symbol})`, "number exact"], [text("file")], [text("line"), "number"],
      [text("uploaded")]], rows, text("readingsBehind"), "stacked"));
}

// Rounded, for a table; what is too long for one is there in full when pointed at.
const figure = (value, written = number(value)) =>
  (value !== null && isLong(value) ? element("span", { title: exact(value) }, written) : written);

// Every digit, as the answer has it: what is shown so is what the API says.
const digits = (value) => wrapping(exact(value), 32);
const wrapping = (written, room) =>
  (written.length > room ? element("span", { class: "digits" }, written) : written);

// Where rounding would make it the threshold itself, as many decimals as tell the two apart.
function apart(value, limit) {
  if (value === null || same(value, limit)) return figure(value);
  const written = distinct(value, limit);
  return written === number(value) ? figure(value) : wrapping(written, 10);
}

function difference(other) {
  if (other.difference === null) return null;
  return element("small", {}, `${text("otherYears")}: ${text("years",
    { difference: signed(other.difference), count: other.years })}`);
}

export function alerts(state, shown) {
  const { dataset } = state;
  if (!shown.length) {
    byId("alerts").replaceChildren(element("p", { class: "quiet" },
      text("noAlerts", { value: `${threshold(dataset.threshold)} ${dataset.symbol}` })));
    return;
  }
  // The newest first, as months and uploads are.
  const rows = [...shown].reverse().map((alert) => [
    day(alert.date), apart(alert.deviation, dataset.threshold), figure(alert.mean),
    alert.above_threshold
      ? alert.announced && alert.announced.at ? moment(alert.announced.at)
        : alert.announced ? moment(isoOf(alert.announced.by)) : text("notTold")
      : badge("limit", text("retracted"))]);
  byId("alerts").replaceChildren(table([[text("date")], [text("deviation"), "number"],
    [text("mean"), "number"], [text("told")]], rows, text("alerts")));
}

const isoOf = (order) => order.replace(
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d+Z).*/, "$1-$2-$3T$4:$5:$6");
