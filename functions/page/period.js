// The period shown, and the readings in it as points. An open end (null) follows the series: later uploads
// are shown after a reload, and by every link.

export const DAY = 86400;
// The zoom buttons make no period shorter than this.
const SHORTEST = 14 * DAY;
export const toSeconds = (iso) => Date.parse(`${iso}T00:00:00Z`) / 1000;
export const toIsoDate = (time) => new Date(time * 1000).toISOString().slice(0, 10);

const WHOLE_SERIES = { from: null, to: null };
const isDate = (value) => /^\d{4}-\d\d-\d\d$/.test(value ?? "") && !Number.isNaN(toSeconds(value));

/** Return the period between two dates; invalid dates and the ends of the series are open ends. */
export function parsePeriod(from, to, series) {
  const period = {
    from: isDate(from) && from !== series.first ? from : null,
    to: isDate(to) && to !== series.last ? to : null,
  };
  const dates = resolveDates(period, series);
  return dates.from > dates.to ? WHOLE_SERIES : period;
}

/** Return the dates of a period; null where the end of the series is unknown. */
export const resolveDates = (period, series) =>
  ({ from: period.from ?? series.first ?? null, to: period.to ?? series.last ?? null });

export const contains = ({ from, to }, date) => date >= (from ?? date) && date <= (to ?? date);

/** Return whether a month, as 2022-12, has a day of the period. */
export const containsMonth = ({ from, to }, month) =>
  contains({ from: from?.slice(0, 7), to: to?.slice(0, 7) }, month);

/** Return the period with an open end where it reaches the end of the series or the chart's margin. */
export function openEnds(from, to, series) {
  if (to < series.first || from > series.last) return { from, to };
  return { from: from <= series.first ? null : from, to: to >= series.last ? null : to };
}

/** Return the period that a zoom button leads to from the dates shown. */
export function movePeriod(action, dates, series) {
  if (action === "all") return WHOLE_SERIES;
  const [from, to, first, last] = [dates.from, dates.to, series.first, series.last].map(toSeconds);
  const width = to - from;
  const half = Math.max(width, SHORTEST) / 2;
  const clamp = (time) => Math.min(Math.max(time, first), last);
  const offset = {
    back: -Math.min(half, Math.max(from - first, 0)),
    forward: Math.min(half, Math.max(last - to, 0)),
  }[action];
  const ends = {
    in: () => {
      const margin = Math.max(Math.min(width / 4, (width - SHORTEST) / 2), 0);
      return [from + margin, to - margin];
    },
    out: () => [clamp(from - half), clamp(to + half)],
  }[action] ?? (() => [from + offset, to + offset]);
  return openEnds(...ends().map((time) => toIsoDate(Math.round(time / DAY) * DAY)), series);
}

/**
 * Call `apply` with the texts of two date fields when their input is complete.
 *
 * A date field changes with every key: a year being typed is first 0002, then 0020. Typed dates
 * count when the field is left or Enter is pressed, dates from the calendar at once. An incomplete
 * date is no mistake: `reset` restores the fields.
 */
export function listenToDates(form, fields, apply, reset) {
  let typing = false;
  const commit = () => {
    typing = false;
    if (fields.every((field) => field.value)) apply(...fields.map((field) => field.value));
    else reset();
  };
  form.addEventListener("keydown", (event) => {
    if (!fields.includes(event.target) || event.key === "Tab") return;
    if (event.key === "Enter") commit();
    else typing = true;
  });
  form.addEventListener("change", () => typing || commit());
  for (const field of fields) field.addEventListener("blur", () => typing && commit());
  form.addEventListener("submit", (event) => event.preventDefault());
}

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
  const perPixel = (points.at(-1).time - start + 1) / width;
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
