// How the latest reading compares with the usual for its week.

import { buildUrl, fetchJson } from "../client.js";
import { Section, byId, createElement } from "../elements.js";
import { formatNumber, translate } from "../text.js";
import { chooseWords, describeWeekRank, isTemperature } from "./words.js";

// With readings of fewer earlier years there is no usual value.
const NEEDED_YEARS = 3;

// The series shown: its dataset, the readings that count, and the normals of the years before.
let shown = null;
const section = new Section(byId("comparison"), fetchNormals, (normals) => {
  shown.normals = normals;
  showComparison();
});

/** Load and show the comparison of the latest of the readings that count. */
export function loadComparison(dataset, readings) {
  const latest = readings.at(-1);
  if (shown?.latest !== latest || shown.dataset !== dataset) {
    shown = { dataset, readings, latest };
    section.load();
  } else if (shown.normals !== undefined) showComparison();
}

// The year of the latest reading is compared with the years before it.
async function fetchNormals(signal) {
  const { dataset, latest } = shown;
  if (!latest || isDoubtful(latest)) return null;
  return fetchJson(buildUrl("/normals", { dataset: dataset.name, to: `${latest.date.slice(0, 4) - 1}-12-31` }), signal);
}

export const isDoubtful = ({ flags, review }) => flags.length > 0 && !review;

function showComparison() {
  const [value, label] = describeComparison(shown);
  byId("comparison").querySelector(".content").replaceChildren(
    createElement("b", {}, value), createElement("span", {}, label));
}

function describeComparison({ dataset, readings, latest, normals }) {
  if (!normals) return ["–", latest ? translate("doubtfulLatest") : ""];
  const isNear = ({ first, last }, date) => date.slice(5) >= first && date.slice(5) <= last;
  const week = normals.weeks.find((row) => isNear(row, latest.date));
  if (week.years < NEEDED_YEARS) return ["–", translate("noUsual", { week: week.week, needed: NEEDED_YEARS })];
  const difference = Number(latest.mean) - Number(week.mean);
  const amount = formatNumber(Math.abs(difference), 1);
  const values = { week: week.week, years: [normals.period.first, normals.period.last].map((date) => date.slice(0, 4)).join("–") };
  const words = chooseWords(isTemperature(dataset));
  const rank = rankWeek(readings.filter(({ date }) => isNear(week, date)), words);
  const isUsual = amount === formatNumber(0, 1);
  return [
    isUsual ? translate("usual")
      : translate(difference > 0 ? words.above : words.below, { difference: `${amount} ${dataset.symbol}` }),
    [translate(isUsual ? "forWeek" : "thanUsual", values), rank].filter(Boolean).join(", "),
  ];
}

// The rank of the last year's mean among the means of the week in each year.
function rankWeek(readings, words) {
  const years = [...Map.groupBy(readings, ({ date }) => date.slice(0, 4)).values()];
  const means = years.map((own) => own.reduce((sum, { mean }) => sum + Number(mean), 0) / own.length);
  const latest = means.at(-1);
  // Years with the same mean have no order.
  if (means.indexOf(latest) < means.length - 1) return null;
  return describeWeekRank(means.filter((mean) => mean > latest).length + 1, means.length, words);
}
