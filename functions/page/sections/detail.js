// The detail of the month in the view: its figures and the readings behind them.

import { buildUrl, fetchJson } from "../client.js";
import { Section, byId, createElement } from "../elements.js";
import { FIGURES } from "../registry.js";
import { describeFlags, formatDate, formatExact, formatMonth, formatTime, translate } from "../text.js";
import { createBadge, createExact, createTable } from "./cells.js";
import { chooseWords, describeMonthRank, describeReasons, describeYears, isTemperature } from "./words.js";

// The content of the table of the months, and the function that marks a month in it.
let table = null;
let markMonth = null;
// The month shown, with its dataset and, when they are loaded, its figures.
let shown = null;
const section = new Section(byId("detail"), fetchFigures, showFigures);

/** Open, close or translate the detail, as the view and the table say. */
export function updateDetail(newTable, newMarkMonth) {
  [table, markMonth] = [newTable, newMarkMonth];
  const { view, dataset } = table;
  if (!findRow(view.month)) {
    if (shown) closeMonth(false);
    if (view.month) {
      view.month = null;
      table.writeAddress(false);
    }
  } else if (shown?.month === view.month && shown.dataset === dataset) {
    markMonth(view.month);
    if (shown.figures) showFigures(shown.figures);
  } else {
    openMonth(view.month, { focus: false, isNew: false });
  }
}

export function openMonth(month, { focus = true, isNew = true } = {}) {
  const { view, dataset } = table;
  view.month = month;
  shown = { month, dataset, figures: null };
  byId("detail").hidden = false;
  byId("detail-title").textContent = formatMonth(month);
  markMonth(month);
  table.writeAddress(isNew);
  if (focus) {
    byId("detail").focus({ preventScroll: true });
    byId("detail").scrollIntoView({ block: "nearest" });
  }
  section.load();
}

function closeMonth(isNew = true) {
  const hadFocus = byId("detail").contains(document.activeElement);
  const { month } = shown;
  shown = null;
  section.cancel();
  byId("detail").hidden = true;
  markMonth(null, hadFocus ? month : null);
  if (!isNew) return;
  table.view.month = null;
  table.writeAddress();
}

const findRow = (month) => table.rows.find((row) => row.id === month && row.coverage);

function listParameters(row) {
  return { month: row.month, year: row.year, dataset: shown.dataset.name, explain: 1 };
}

async function fetchFigures(signal) {
  const parameters = listParameters(findRow(shown.month));
  const figures = await Promise.all(FIGURES.map(({ name }) => fetchJson(buildUrl(`/${name}`, parameters), signal)));
  return Object.fromEntries(figures.map((figure, index) => [FIGURES[index].name, figure]));
}

function showFigures(figures) {
  shown.figures = figures;
  const { dataset } = shown;
  const row = findRow(shown.month);
  const { readings, first, last, largest_gap_days: days } = row.coverage;
  byId("detail-title").textContent = formatMonth(row.id);
  const headers = [[translate("date")], [translate("mean"), "number exact", dataset.symbol],
    [translate("deviation"), "number exact", dataset.symbol], [translate("file")],
    [translate("line"), "number"], [translate("uploaded")]];
  // The rows of such a figure are the readings of this month alone.
  const monthly = FIGURES.find((figure) => !figure.needsPreviousMonth);
  byId("detail-content").replaceChildren(
    createElement("p", { class: "quiet" }, `${translate("readings", { count: readings })}: ${formatDate(first)} – `
      + `${formatDate(last)}, ${translate("gap", { days })}.`),
    createElement("dl", { class: "figures" }, FIGURES.map((figure) => createBox(figure, row, figures[figure.name]))),
    createElement("h3", {}, translate("readingsBehind")),
    createTable(headers, figures[monthly.name].rows.map(createCells), translate("readingsBehind"), "stacked"));
  showNeighbours();
}

function createBox({ name, needsPreviousMonth }, row, { value }) {
  const other = row.other_years[name];
  const words = chooseWords(name === FIGURES[0].name && isTemperature(shown.dataset));
  const isIncomplete = row.reasons.some(({ month }) => needsPreviousMonth || month === row.id);
  const rank = isIncomplete ? null : describeMonthRank(row.ranks[name], row.id, words);
  const createLink = (format) => createElement("a",
    { href: buildUrl(`/${name}`, { ...listParameters(row), format }) }, format.toUpperCase());
  return createElement("div", {},
    createElement("dt", {}, translate(`${name}.title`)),
    createElement("dd", {},
      createElement("span", { class: "value", "data-figure": name },
        value === null ? "–" : `${formatExact(value)} ${shown.dataset.symbol}`),
      createElement("small", {}, translate(`${name}.summary`)),
      other.difference === null ? null
        : createElement("small", {}, `${translate("otherYears")}: ${describeYears(other)}`),
      rank ? createElement("small", { class: "rank" }, rank) : null,
      needsPreviousMonth && value !== null && !row.comparable
        ? createElement("small", { class: "bad" }, `${translate("notComparable")}: ${describeReasons(row.reasons)}`)
        : null,
      createElement("small", { class: "links" }, createLink("json"), " ", createLink("csv"))));
}

const createCells = ({ date, mean, deviation, file, flags, line, uploaded_at: at }) => [
  formatDate(date), createExact(mean), createExact(deviation),
  createElement("span", {}, createElement("bdi", {}, file), flags.length
    ? [" ", createBadge("bad", translate("flagged")),
      createElement("small", { class: "why" }, describeFlags(flags))]
    : null),
  String(line), formatTime(at)];

// The months with readings before and after this one.
function showNeighbours() {
  const months = table.rows.filter(({ coverage }) => coverage).map(({ id }) => id);
  const index = months.indexOf(shown.month);
  for (const [id, month] of [["earlier-month", months[index - 1]], ["later-month", months[index + 1]]]) {
    byId(id).disabled = !month;
    byId(id).onclick = () => openMonth(month);
  }
}

byId("close-month").addEventListener("click", () => closeMonth());
