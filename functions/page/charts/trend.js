// The trend as a line with its interval, and in words.

import { DAY } from "../period.js";
import { createElement } from "../elements.js";
import { formatChange, formatLongMonthName, formatNumber, formatShortMonth, translate } from "../text.js";

const DECADE = 3652.5 * DAY;

/**
 * Return the trend's line and the limits of its interval as functions of time; null without a trend.
 *
 * Each line has its slope from the service, and divides the differences into halves.
 */
export function buildTrendLines(trend, months) {
  const compared = months.filter(({ difference }) => difference !== null);
  if (trend.slope_per_decade === null || !compared.length) return null;
  const [line, lower, upper] = [trend.slope_per_decade, trend.lower, trend.upper].map((slope) => {
    const start = findMedian(compared.map(({ time, difference }) => difference - (slope * time) / DECADE));
    return (time) => start + (slope * time) / DECADE;
  });
  return { line, lower, upper, first: compared[0].time, last: compared.at(-1).time };
}

function findMedian(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

export function paintTrend(ctx, x, y, { line, lower, upper, first, last }, colors) {
  // The limits cross, so that which one is above changes.
  const times = Array.from({ length: 41 }, (_, step) => first + ((last - first) * step) / 40);
  ctx.fillStyle = colors.spread;
  ctx.beginPath();
  for (const time of times) ctx.lineTo(x(time), y(Math.max(lower(time), upper(time))));
  for (const time of times.toReversed()) ctx.lineTo(x(time), y(Math.min(lower(time), upper(time))));
  ctx.fill();
  ctx.strokeStyle = colors.accent;
  ctx.lineWidth = 2.5 * devicePixelRatio;
  ctx.beginPath();
  for (const time of [first, last]) ctx.lineTo(x(time), y(line(time)));
  ctx.stroke();
}

/** Describe the trend with its interval, or the reason why there is none. */
export function describeTrend(trend, { symbol }) {
  if (trend.reason) return describeReason(trend);
  const { first, last } = trend.period;
  return translate(`trend_${trend.trend}`, {
    slope: formatChange(trend.slope_per_decade), lower: formatChange(trend.lower), upper: formatChange(trend.upper), symbol,
    level: formatNumber(trend.level * 100, 0), first: formatShortMonth(first), last: formatShortMonth(last) });
}

function describeReason({ reason, period: { first, last, months }, seasons }) {
  const text = translate("noTrend");
  if (!months) return `${text}: ${translate("trendNoValues")}.`;
  if (reason.startsWith("too short")) {
    // The least length is the service's.
    const [, years] = reason.match(/\((\d+) years\)$/) ?? [];
    if (years) return `${text}: ${translate("trendTooShort", { years, first: formatShortMonth(first), last: formatShortMonth(last) })}.`;
  }
  if (reason.startsWith("too few")) {
    const [, count, years] = reason.match(/in (\d+) of (\d+) years/) ?? [];
    const season = seasons.find((each) => each.years === Number(count));
    if (season) {
      return `${text}: ${translate("trendThinSeason", { count: Number(count), years: Number(years),
        month: formatLongMonthName(`2000-${String(season.month).padStart(2, "0")}-01`) })}.`;
    }
  }
  return [`${text}: `, createElement("span", { lang: "en" }, reason)];
}
