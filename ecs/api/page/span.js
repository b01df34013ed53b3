// Which part of the series is shown. An end nobody chose is open (null): what is uploaded later is
// shown as well then, by the page reloaded as by every link it gives.

export const DAY = 86400;
// A press of a button makes the span no narrower than this.
const NARROWEST = 14 * DAY;
export const seconds = (iso) => Date.parse(`${iso}T00:00:00Z`) / 1000;
export const isoDay = (time) => new Date(time * 1000).toISOString().slice(0, 10);

const EVERYTHING = { from: null, to: null };

// What was asked for, where that makes sense; an end of the series itself is no choice.
export function choice(from, to, series) {
  const usable = (value) => /^\d{4}-\d\d-\d\d$/.test(value ?? "") && !Number.isNaN(seconds(value));
  const chosen = {
    from: usable(from) && from !== series.first ? from : null,
    to: usable(to) && to !== series.last ? to : null,
  };
  const dates = datesOf(chosen, series);
  return dates.from > dates.to ? EVERYTHING : chosen;
}

export const datesOf = (chosen, series) =>
  ({ from: chosen.from ?? series.first, to: chosen.to ?? series.last });

// A selection that goes on to the margin of the chart, or a step to the end, means "to the end".
export function reaching(from, to, series) {
  if (to < series.first || from > series.last) return { from, to };
  return { from: from <= series.first ? null : from, to: to >= series.last ? null : to };
}

// Where a button leads from the dates that are shown.
export function step(kind, dates, series) {
  if (kind === "all") return EVERYTHING;
  const [from, to, first, last] = [dates.from, dates.to, series.first, series.last].map(seconds);
  const width = to - from;
  const half = Math.max(width, NARROWEST) / 2;
  const within = (time) => Math.min(Math.max(time, first), last);
  const moved = {
    back: -Math.min(half, Math.max(from - first, 0)),
    forward: Math.min(half, Math.max(last - to, 0)),
  }[kind];
  const ends = {
    in: () => {
      const less = Math.max(Math.min(width / 4, (width - NARROWEST) / 2), 0);
      return [from + less, to - less];
    },
    out: () => [within(from - half), within(to + half)],
  }[kind] ?? (() => [from + moved, to + moved]);
  return reaching(...ends().map((time) => isoDay(Math.round(time / DAY) * DAY)), series);
}
