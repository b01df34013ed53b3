// The table of the months, by year.

import { byId, createElement } from "../elements.js";
import { FIGURES } from "../registry.js";
import { describeFlags, formatChange, formatDay, formatMonth, formatNumber, formatShortMonth, translate } from "../text.js";
import { createBadge, createDistinct, createNumber, createUnit } from "./cells.js";
import { openMonth, updateDetail } from "./detail.js";
import { chooseWords, describeMonthRank, describeReasons, describeYears, isTemperature } from "./words.js";

// The years shown open, unless a visitor closes them; so the keyboard reaches the end of the page.
const OPEN_YEARS = 2;
const CHANGES = FIGURES.filter((figure) => figure.needsPreviousMonth);
// The column "other years" shows the first figure.
const [FIRST] = FIGURES;
// By year: whether a visitor opened or closed it.
const choices = new Map();

/** Return a row of /series with its month as 2022-12. */
export const addId = (row) => ({ ...row, id: `${row.year}-${String(row.month).padStart(2, "0")}` });

/**
 * Show the table, and the detail of the month in the view.
 *
 * @param content rows of /series with their ids, dataset, alertDates, view, and writeAddress
 */
export function showMonths(content) {
  const { dataset, rows, alertDates, view } = content;
  const [month, ...others] = byId("months-head").children;
  byId("months-head").replaceChildren(month, ...FIGURES.map((figure) => createHeader(figure, dataset)),
    ...others.slice(-2));
  const years = [...Map.groupBy(rows, ({ year }) => year)].reverse();
  byId("months").tBodies[0].replaceChildren(...years.flatMap(([year, months], index) => {
    const isOpen = choices.get(year) ?? (index < OPEN_YEARS || String(year) === view.month?.slice(0, 4));
    const monthRows = groupEmptyMonths(months).reverse().map((row) =>
      (Array.isArray(row) ? createGapRow(row) : createMonthRow(dataset, row, alertDates)));
    return [createYearRow(year, months, monthRows, isOpen, alertDates), ...monthRows];
  }));
  byId("months-note").hidden = rows.every((row) => row.comparable
    || CHANGES.every(({ name }) => row[name] === null));
  updateDetail(content, markMonth);
}

function createHeader(figure, { symbol }) {
  return createElement("th", { scope: "col", class: "number" },
    createElement("span", { class: "long" }, translate(`${figure.name}.title`)),
    createElement("span", { class: "short" }, translate(`${figure.name}.shortTitle`)), " ",
    createUnit(symbol));
}

function createYearRow(year, months, monthRows, isOpen, alertDates) {
  const readings = months.reduce((sum, { coverage }) => sum + (coverage?.readings ?? 0), 0);
  const alerts = [...alertDates].filter((date) => months.some(({ id }) => date.startsWith(id))).length;
  const show = (button, open) => {
    button.setAttribute("aria-expanded", String(open));
    for (const row of monthRows) row.classList.toggle("closed", !open);
  };
  const button = createElement("button", { type: "button", class: "year", onclick: () => {
    choices.set(year, button.getAttribute("aria-expanded") !== "true");
    show(button, choices.get(year));
  } }, String(year));
  show(button, isOpen);
  return createElement("tr", { class: "group" }, createElement("th", { scope: "rowgroup" }, button),
    createElement("td", { colspan: FIGURES.length + 2 }, translate("readings", { count: readings }),
      alerts ? [" ", createBadge("alert", `${translate("alert")} ${formatNumber(alerts, 0)}`)] : null));
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
  const [first, last] = [rows[0], rows.at(-1)].map(({ id }) => formatMonth(id));
  return createElement("tr", { class: "none" },
    createElement("th", { scope: "row" }, rows.length > 1 ? `${first} – ${last}` : first),
    createElement("td", { colspan: FIGURES.length + 2 },
      rows.length > 1 ? translate("noReadingsMonths", { count: rows.length }) : translate("noReadings")));
}

function createMonthRow(dataset, row, alertDates) {
  // The reasons of the previous month are in its own row.
  const reasons = row.reasons.filter((reason) => reason.month === row.id);
  const alerts = [...alertDates].filter((date) => date.startsWith(row.id)).length;
  const flags = Object.entries(row.flags).map(([date, names]) => `${formatDay(date)}: ${describeFlags(names)}`);
  const badges = [
    reasons.length ? createBadge("limit", translate("incomplete"), describeReasons(reasons)) : null,
    alerts ? createBadge("alert", `${translate("alert")} ${alerts}`) : null,
    flags.length ? createBadge("bad", translate("flagged"), flags.join("; ")) : null,
  ];
  const { difference, years } = row.other_years[FIRST.name];
  const rank = reasons.length ? null : describeMonthRank(row.ranks[FIRST.name], "", chooseWords(isTemperature(dataset)));
  return createElement("tr", {},
    createElement("th", { scope: "row" }, createElement("button", {
      type: "button", class: "link", "data-month": row.id, onclick: () => openMonth(row.id),
    }, createElement("span", { class: "long" }, formatMonth(row.id)),
    createElement("span", { class: "short" }, formatShortMonth(row.id)))),
    FIGURES.map((figure) => createElement("td", { class: "number" }, createFigure(figure, row, dataset.threshold))),
    createElement("td", { class: "number wide" }, difference === null ? "–"
      : rank ? `${formatChange(difference)}; ${rank}` : describeYears({ difference, years })),
    createElement("td", {}, `${translate("readings", { count: row.coverage.readings })} `,
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

/** Mark the row of the month in the detail; with `focus`, return the focus to it. */
function markMonth(month, focus = null) {
  for (const button of byId("months").querySelectorAll("[data-month]")) {
    const isCurrent = button.dataset.month === month;
    button.closest("tr").toggleAttribute("aria-current", isCurrent);
    if (isCurrent) button.closest("tr").setAttribute("aria-current", "true");
  }
  if (!focus) return;
  const opener = byId("months").querySelector(`tr:not(.closed) [data-month="${focus}"]`);
  (opener ?? byId("months-title")).focus();
}
