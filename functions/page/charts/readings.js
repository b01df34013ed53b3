// Readings as points: columns for a line, an envelope for more readings than pixels, and their words.

import { DAY, toSeconds } from "../period.js";
import { describeFlags, formatDate, formatNumber, translate } from "../text.js";

// With more readings for each pixel, a chart shows their mean and their extremes.
const DENSE = 2;
const BREAK = [null, null, null, null];

/** Return readings with numbers, and their marks: bad and good are the verdicts of a review. */
export const parseReadings = (readings) => readings.map(({ date, mean, deviation, flags, review }, index) => ({
  index, date, flags, time: toSeconds(date), mean: Number(mean), deviation: Number(deviation),
  isBad: review?.verdict === "bad", isDoubtful: flags.length > 0 && !review?.verdict, comment: review?.comment ?? "",
}));

/** Return the index of the first point at or after a time. */
export function findIndex(points, time) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].time < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return the point nearest to a time. */
export function findNearest(points, time) {
  const index = findIndex(points, time);
  const [before, after] = [points[index - 1], points[index]];
  return !after || (before && time - before.time < after.time - time) ? before : after;
}

/** Return the points from one date to another, as two dates, both included. */
export const selectPoints = (points, { from, to }) =>
  points.slice(findIndex(points, toSeconds(from)), findIndex(points, toSeconds(to) + 1));

export const isDense = (points, width) => points.length > DENSE * width;

/**
 * Return times, means, deviations, means + deviation and means - deviation.
 *
 * Nulls break the line between readings more than `gapDays` apart. Bad readings are left out.
 */
export function buildColumns(points, gapDays) {
  return transpose(breakAtGaps(points.filter(({ isBad }) => !isBad).map(({ time, mean, deviation }) =>
    ({ first: time, last: time, row: [time, mean, deviation, mean + deviation, mean - deviation] })), gapDays));
}

/**
 * Return the columns of an envelope: for each pixel the middle time, the mean of the means, the greatest
 * deviation, and the greatest and the least mean.
 */
export function buildEnvelope(points, gapDays, width) {
  const start = points[0].time;
  const perPixel = Math.max((points.at(-1).time - start) / width, 1);
  const columns = [];
  let [pixel, column] = [null, null];
  for (const { time, mean, deviation, isBad } of points) {
    if (isBad) continue;
    const own = Math.floor((time - start) / perPixel);
    if (own !== pixel) {
      pixel = own;
      column = { first: time, count: 0, sum: 0, deviation: 0, most: -Infinity, least: Infinity };
      columns.push(column);
    }
    column.last = time;
    column.count += 1;
    column.sum += mean;
    column.deviation = Math.max(column.deviation, deviation);
    column.most = Math.max(column.most, mean);
    column.least = Math.min(column.least, mean);
  }
  return transpose(breakAtGaps(columns.map(({ first, last, count, sum, deviation, most, least }) =>
    ({ first, last, row: [(first + last) / 2, sum / count, deviation, most, least] })), gapDays));
}

// No line across a gap: the values in between are unknown.
function breakAtGaps(columns, gapDays) {
  const rows = [];
  let previous = null;
  for (const { first, last, row } of columns) {
    if (previous !== null && first - previous > gapDays * DAY) rows.push([previous + DAY, ...BREAK]);
    rows.push(row);
    previous = last;
  }
  return rows;
}

const transpose = (rows) => [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));

/** Return the normals of the week of a date, or null without any. */
export function findWeek(normals, date) {
  const week = normals?.weeks.findLast(({ first }) => first <= date.slice(5));
  return week && week.years > 1 ? week : null;
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
