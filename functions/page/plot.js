// Parts of every chart: options, axes, colors, dates on the time axis, marks, selection with a finger.

import { byId } from "./elements.js";
import { DAY, toIsoDate, toSeconds } from "./period.js";
import { formatDay, formatMonthName, formatTick } from "./text.js";

const NO_SELECTION = { left: 0, width: 0, top: 0, height: 0 };
const FONT = "12px system-ui";
let isZooming = false;
// With more readings in sight, only the marks that mean something are drawn.
const CROWDED = 150;
const LABEL_WIDTH = 62;
// Days of the month with a label.
const DAYS = [Array.from({ length: 31 }, (_, day) => day + 1), [1, 4, 7, 10, 13, 16, 19, 22, 25, 28], [1, 8, 15, 22], [1, 15]];
// Months between labels, from January on.
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240];
export const HEATS = ["cold-4", "cold-3", "cold-2", "cold-1", "even", "warm-1", "warm-2", "warm-3", "warm-4"];
const COLORS = ["accent", "spread", "quiet", "line", "limit", "alert", "card", "ink", "normal", "other", "warm", "cold", ...HEATS];

/** Return the colors of the theme; with `light`, those of the light theme, for paper and pictures. */
export function readColors(light) {
  const style = getComputedStyle(light ? byId("light") : document.documentElement);
  return Object.fromEntries(COLORS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** Return the limits of the time axis for a period. */
export const scaleOf = ({ from, to }) => ({ min: toSeconds(from) - 2 * DAY, max: toSeconds(to) + 2 * DAY });

/**
 * Return the options of a chart.
 *
 * @param frame width in CSS pixels, onCursor: function of the value of x at the cursor or null, and
 *   onZoom: function of the two dates of a selection; null for all
 * @param options of uPlot; `zooms` is false for a chart whose x is no period
 */
export function buildOptions({ width, onCursor, onZoom }, { hooks, series, zooms = true, ...options }) {
  return {
    width,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { sync: { key: "series" }, drag: { x: zooms, y: false, setScale: false, dist: 5 }, points: { size: 9 },
      // uPlot's own action on a double click shows all readings, but changes no period.
      bind: { dblclick: () => () => onZoom(null, null) } },
    hooks: {
      setSelect: [(chart) => {
        const { left, width: selected } = chart.select;
        if (selected < 5) return;
        const dates = [left, left + selected].map((x) => toIsoDate(chart.posToVal(x, "x")));
        chart.setSelect(NO_SELECTION, false);
        // The charts of a view are selected together, and zoom once.
        if (!isZooming) queueMicrotask(() => {
          isZooming = false;
          onZoom(...dates);
        });
        isZooming = true;
      }],
      setCursor: [(chart) => onCursor(chart.cursor.left >= 0 ? chart.posToVal(chart.cursor.left, "x") : null)],
      ...hooks,
    },
    series: [{}, ...series],
    ...options,
  };
}

/** Return a chart with its canvas hidden from screen readers, which have the texts. */
export function createChart(options, data, box, frame = null) {
  const chart = new uPlot(options, data, box);
  chart.root.querySelector("canvas").setAttribute("aria-hidden", "true");
  if (frame) addTouchSelection(chart, frame.onZoom);
  return chart;
}

/** Return the axes of a chart; `formatX` returns the labels of dates, null for none. */
export function buildAxes(label, formatX, colors) {
  const axis = { stroke: colors.quiet, grid: { stroke: colors.line, width: 1 }, ticks: { show: false }, font: FONT };
  return [
    { ...axis, size: formatX ? 40 : 8, values: formatX ?? ((_, times) => times.map(() => "")),
      splits: (chart, __, from, to) => placeDates(from, to, chart.width) },
    { ...axis, size: 52, label, labelSize: 18, labelGap: 0, labelFont: FONT,
      values: (_, values) => values.map((value) => formatTick(value, countDecimals(values))) },
  ];
}

// The fewest decimals that show every label of an axis exactly, at most two.
const countDecimals = (values) => [0, 1].find((decimals) =>
  values.every((value) => Math.abs(value - Number(value.toFixed(decimals))) < 1e-9)) ?? 2;

/** Return the times of the labels between two times: first days of months or years, or days. */
export function placeDates(from, to, width) {
  const room = Math.max(Math.floor(width / LABEL_WIDTH), 2);
  const days = (to - from) / DAY;
  const step = MONTHS.find((months) => days / 30.4 / months <= room) ?? MONTHS.at(-1);
  if (days > 62) return monthsBetween(from, to, step);
  const chosen = DAYS.find((list) => (days * list.length) / 31 <= room) ?? [1];
  return monthsBetween(from, to, 1, true).flatMap((month) => chosen.map((day) => month + (day - 1) * DAY))
    .filter((time, index, all) => time >= from && time <= to && all.indexOf(time) === index);
}

function monthsBetween(from, to, step, before = false) {
  const start = new Date(from * 1000);
  const times = [];
  let month = start.getUTCMonth() - (start.getUTCMonth() % Math.min(step, 12));
  let year = start.getUTCFullYear();
  if (step > 12) year -= year % (step / 12);
  for (let time = from; time <= to; month += step) {
    time = Date.UTC(year, month, 1) / 1000;
    if (time <= to && (before || time >= from)) times.push(time);
  }
  return times;
}

/** Return the labels of times: days, months or years, with the year where it changes. */
export function formatDates(_, times) {
  const dates = times.map(toIsoDate);
  const format = dates.every((date) => date.endsWith("-01-01")) && dates.length > 1 ? () => ""
    : dates.every((date) => date.endsWith("-01")) ? formatMonthName : formatDay;
  return dates.map((date, index) => {
    const year = date.slice(0, 4);
    const label = index && dates[index - 1].startsWith(year) ? "" : year;
    return [format(date), label].filter(Boolean).join("\n");
  });
}

// uPlot handles only the mouse. A finger selects when it moves sideways and scrolls when it moves up.
function addTouchSelection(chart, onZoom) {
  const { over } = chart;
  let start = null;
  const positionOf = (event) => event.clientX - over.getBoundingClientRect().left;
  const edges = (event) => [start, positionOf(event)].sort((a, b) => a - b);
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") start = positionOf(event);
  });
  over.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [left, right] = edges(event);
    chart.setSelect({ left, width: right - left, top: 0, height: over.clientHeight }, false);
  });
  over.addEventListener("pointercancel", () => {
    start = null;
    chart.setSelect(NO_SELECTION, false);
  });
  over.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const [left, right] = edges(event);
    start = null;
    chart.setSelect(NO_SELECTION, false);
    if (right - left < 10) return;
    onZoom(...[left, right].map((x) => toIsoDate(chart.posToVal(x, "x"))));
  });
}

/** Return a range of the axis y that shows both its data and the band. */
export function rangeWith(band, least, most) {
  const shown = band.filter(Boolean);
  const low = Math.min(least ?? Infinity, ...shown.map((week) => week.low));
  const high = Math.max(most ?? -Infinity, ...shown.map((week) => week.high));
  if (low > high) return [0, 1];
  return low < high ? uPlot.rangeNum(low, high, 0.1, true) : [low - 1, high + 1];
}

/**
 * Draw the marks of readings: hollow where one looks wrong, a cross where a review rejected it; where several
 * would lie on each other, one.
 *
 * @param valueOf function of a point; null for no mark
 * @param isAlert function of a point
 */
export function paintMarks(chart, points, valueOf, isAlert, colors) {
  const crowded = points.length > CROWDED;
  const { ctx } = chart;
  const size = (crowded ? 3.5 : 4.5) * devicePixelRatio;
  const places = new Set();
  ctx.save();
  ctx.lineWidth = (crowded ? 1.5 : 2) * devicePixelRatio;
  for (const point of points) {
    const alert = isAlert(point);
    const special = alert || point.isDoubtful || point.isBad;
    if (crowded && !special) continue;
    const [left, top] = [chart.valToPos(point.time, "x", true), chart.valToPos(valueOf(point), "y", true)];
    const place = [left, top].map((each) => Math.round(each / size / 2)).join();
    if (crowded && places.has(place)) continue;
    places.add(place);
    ctx.strokeStyle = alert ? colors.alert : colors.accent;
    ctx.fillStyle = point.isDoubtful ? colors.card : ctx.strokeStyle;
    ctx.beginPath();
    if (point.isBad) paintCross(ctx, left, top, size);
    else ctx.arc(left, top, special ? size : 3 * devicePixelRatio, 0, 2 * Math.PI);
    if (!point.isBad) ctx.fill();
    if (point.isDoubtful || point.isBad) ctx.stroke();
  }
  ctx.restore();
}

function paintCross(ctx, left, top, size) {
  ctx.moveTo(left - size, top - size);
  ctx.lineTo(left + size, top + size);
  ctx.moveTo(left - size, top + size);
  ctx.lineTo(left + size, top - size);
}
