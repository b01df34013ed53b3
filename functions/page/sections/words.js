// Sentences about months and weeks.

import { formatChange, formatLongMonthName, formatMonth, getFormat, getLanguage, translate } from "../text.js";
import "./texts.js";

// With fewer years a rank says little.
const RANKED_YEARS = 3;

export const describeReasons = (reasons) => reasons.map(({ code, count, month }) =>
  translate(code, { count, days: count, month: formatMonth(month) })).join(" ");

export const describeYears = ({ difference, years }) =>
  translate("years", { difference: formatChange(difference), count: years });

/** Return the words for values above and below others: those of temperatures, or of any quantity. */
export const chooseWords = (ofTemperature) => (ofTemperature
  ? { above: "warmer", below: "colder", most: "warmest", least: "coldest" }
  : { above: "higher", below: "lower", most: "highest", least: "lowest" });

export const isTemperature = ({ standardName }) => standardName.includes("temperature");

/**
 * Return the rank of a month's figure among its years, from the nearer end; null if it says little.
 *
 * @param month as 2022-12; empty leaves its name out
 */
export function describeMonthRank({ rank, percentile, years }, month, words) {
  // Years with the same value have no order.
  const isTied = rank !== null && Math.abs(percentile - (50 * (2 * (years - rank) + 1)) / years) > 1e-6;
  return isTied ? null : describeRank(rank, years, "Month", words, { month: month && formatLongMonthName(`${month}-01`) });
}

/** Return the rank of a week among its years, where 1 is the highest; null if it says little. */
export const describeWeekRank = (rank, years, words) => describeRank(rank, years, "Week", words);

function describeRank(rank, years, unit, { most, least }, values = {}) {
  if (rank === null || years < RANKED_YEARS) return null;
  const fromTop = rank <= (years + 1) / 2;
  return translate(`${fromTop ? most : least}${unit}`,
    { ...values, count: years, ordinal: describeOrdinal(fromTop ? rank : years - rank + 1, unit) });
}

function describeOrdinal(number, unit) {
  if (number === 1) return "";
  if (getLanguage() === "es") {
    const feminine = unit === "Week";
    if (number > 3) return `${number}.${feminine ? "ª" : "º"} `;
    return translate(["second", "third"][number - 2] + (feminine ? "Week" : ""));
  }
  if (number <= 3) return translate(["second", "third"][number - 2]);
  const form = getFormat(Intl.PluralRules, { type: "ordinal" }, "en").select(number);
  return `${number}${{ one: "st", two: "nd", few: "rd", other: "th" }[form]} `;
}
