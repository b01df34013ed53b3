// The period shown. An open end (null) follows the series: later uploads are shown after a reload,
// and by every link.

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
