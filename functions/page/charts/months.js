// The months of a series and how each differs from its normal.

import { FIGURES } from "../registry.js";
import { formatChange, formatMonth, formatNumber, translate } from "../text.js";

// The figure of the views Anomalies and Map; its normals are those of the readings' means.
export const [FIGURE] = FIGURES;

/** Return the months with readings: id as 2022-12, value, difference from the normal or null, rank. */
export function listMonths(series, normals) {
  return series.filter((row) => row.coverage && row[FIGURE.name] !== null).map(({ year, month, reasons, ranks, ...row }) => {
    const id = `${year}-${String(month).padStart(2, "0")}`;
    const normal = normals.months[month - 1];
    const value = Number(row[FIGURE.name]);
    return {
      id, year, month, value,
      // A single year is its own normal.
      difference: normal.years > 1 ? value - Number(normal.mean) : null,
      normal: Number(normal.mean),
      // The reasons of the month before are its own.
      isIncomplete: reasons.some((reason) => reason.month === id),
      ...ranks[FIGURE.name],
      time: (Date.UTC(year, month - 1, 1) + Date.UTC(year, month, 1)) / 2000,
    };
  });
}

/** Describe a month: its value, the difference from the normal, and its rank among the years. */
export const describeMonth = ({ id, value, difference, normal, rank, years, isIncomplete }, { symbol }) => [
  `${formatMonth(id)} · ${formatNumber(value)} ${symbol}`,
  difference === null ? translate("noNormal")
    : translate("againstNormal", { difference: `${formatChange(difference)} ${symbol}`, normal: formatNumber(normal) }),
  years > 1 ? translate("rank", { rank, years }) : null,
  isIncomplete ? translate("incomplete") : null,
].filter(Boolean).join(" · ");
