// The view Map: every month in the color of its difference from the normal, by year.

import { createElement } from "../elements.js";
import { containsMonth } from "../period.js";
import { HEATS } from "../plot.js";
import { formatChange, formatMonthName, formatNumber, translate } from "../text.js";
import { describeMonth, listMonths } from "./months.js";

const EVEN = HEATS.indexOf("even");
// Widths of a color, in units.
const STEPS = [1, 2, 2.5, 5];
const MONTHS = Array.from({ length: 12 }, (_, index) => index + 1);

/** Draw the view; the result is described in chart.js. */
export function drawView(box, frame) {
  const { dataset, period, onCursor, openMonth } = frame;
  const shown = listMonths(frame.series, frame.normals).filter(({ id }) => containsMonth(period, id));
  const isCompared = shown.some(({ difference }) => difference !== null);
  const step = chooseStep(shown.map(({ difference }) => Math.abs(difference ?? 0)));
  const heatOf = ({ difference }) => HEATS[EVEN + Math.min(Math.max(Math.round((difference ?? 0) / step), -EVEN), EVEN)];
  const years = shown.length ? Array.from({ length: shown.at(-1).year - shown[0].year + 1 }, (_, index) => shown.at(-1).year - index) : [];
  const buttons = new Map(shown.map((month, index) => [month.id, createElement("button", {
    type: "button", class: `heat ${heatOf(month)}${month.isIncomplete ? " hatched" : ""}`, tabindex: index < shown.length - 1 ? "-1" : "0",
    "data-cell": month.id, "aria-label": describeMonth(month, dataset),
    onclick: () => openMonth(month.id), onfocus: () => onCursor(index, true), onmouseenter: () => onCursor(index),
  }, createElement("span", {}, formatNumber(month.value)))]));
  const names = MONTHS.map((month) => formatMonthName(`2000-${String(month).padStart(2, "0")}-01`));
  const idOf = (year, month) => `${year}-${String(month).padStart(2, "0")}`;
  const grid = createElement("table", { class: "map", role: "grid", "aria-label": translate("map") },
    createElement("thead", {}, createElement("tr", {}, createElement("td"),
      names.map((name) => createElement("th", { scope: "col" }, name)))),
    createElement("tbody", {}, years.map((year) => createElement("tr", {}, createElement("th", { scope: "row" }, String(year)),
      MONTHS.map((month) => createElement("td", { role: "gridcell" }, buttons.get(idOf(year, month))))))));
  grid.addEventListener("keydown", (event) => moveFocus(event, buttons, years));
  box.replaceChildren(grid);
  return {
    charts: [],
    range: () => ({ first: 0, last: shown.length - 1 }),
    describeItem: (index) => describeMonth(shown[index], dataset),
    keys: () => [
      ...(isCompared ? [-EVEN, -EVEN / 2, 0, EVEN / 2, EVEN] : []).map((heat) => [`heat ${HEATS[EVEN + heat]}`, formatHeat(heat, step, dataset)]),
      ["hatched", translate("keyIncomplete")],
    ],
    texts: () => [],
    hint: () => translate("mapHint"),
    note: () => translate(isCompared ? "mapNote" : "noNormals"),
    grid: { years, names, idOf, months: new Map(shown.map((month) => [month.id, { ...month, heat: heatOf(month) }])) },
  };
}

const formatHeat = (heat, step, { symbol }) => (heat ? `${{ [-EVEN]: "≤ ", [EVEN]: "≥ " }[heat] ?? ""}${formatChange(heat * step)} ${symbol}`
  : translate("keyNormalMonth"));

/** Return the width of a color with which all but one in twenty differences are within the colors. */
function chooseStep(differences) {
  const large = differences.toSorted((a, b) => a - b)[Math.floor((differences.length - 1) * 0.95)] || 1;
  const unit = 10 ** Math.floor(Math.log10(large / EVEN));
  return (STEPS.find((step) => step * unit * EVEN >= large) ?? 10) * unit;
}

/** Move the focus to the next month with readings in the direction of the key. */
function moveFocus(event, buttons, years) {
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const ids = [...buttons.keys()];
  let id = event.target.dataset?.cell;
  if (!id) return;
  if (event.key === "Home" || event.key === "End") {
    id = ids.at(event.key === "Home" ? 0 : -1);
  } else if (event.key in moves) {
    const [months, rows] = moves[event.key];
    let count = Number(id.slice(0, 4)) * 12 + Number(id.slice(5)) - 1;
    do {
      count += months + 12 * rows;
      id = `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
    } while (!buttons.has(id) && count >= years.at(-1) * 12 && count < (years[0] + 1) * 12);
    if (!buttons.has(id)) id = event.target.dataset.cell;
  } else {
    return;
  }
  event.preventDefault();
  for (const [name, button] of buttons) button.tabIndex = name === id ? 0 : -1;
  buttons.get(id).focus();
}
