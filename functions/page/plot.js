// Parts of a chart: the dates on the time axis, the points, and selection with a finger.

import { DAY, toIsoDate } from "./period.js";
import { formatDay, formatMonthName } from "./text.js";

export const NO_SELECTION = { left: 0, width: 0, top: 0, height: 0 };
// With more readings in sight, only the marks that mean something are drawn.
const CROWDED = 150;
const LABEL_WIDTH = 62;
// Days of the month with a label.
const DAYS = [Array.from({ length: 31 }, (_, day) => day + 1), [1, 4, 7, 10, 13, 16, 19, 22, 25, 28], [1, 8, 15, 22], [1, 15]];
// Months between labels, from January on.
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120, 240];

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

// uPlot draws all points of a series alike; this draws hollow points where a reading looks wrong.
export function buildPoints([times, , , , , flagged], isAlert, colors) {
  return {
    show: (chart, series, first, last) => {
      const { ctx } = chart;
      ctx.save();
      for (let index = first; index <= last; index += 1) {
        const value = chart.data[series][index];
        const alert = isAlert(times[index]);
        if (value === null || (last - first > CROWDED && !alert && !flagged[index])) continue;
        ctx.beginPath();
        ctx.arc(chart.valToPos(times[index], "x", true), chart.valToPos(value, "y", true),
          (alert || flagged[index] ? 4.5 : 3) * devicePixelRatio, 0, 2 * Math.PI);
        ctx.lineWidth = 2 * devicePixelRatio;
        ctx.strokeStyle = alert ? colors.alert : colors.accent;
        ctx.fillStyle = flagged[index] ? colors.card : ctx.strokeStyle;
        ctx.fill();
        if (flagged[index]) ctx.stroke();
      }
      ctx.restore();
      return false;
    },
  };
}

// uPlot handles only the mouse. A finger selects when it moves sideways and scrolls when it moves up.
export function addTouchSelection(chart, onZoom) {
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

/**
 * Step through readings with the arrow keys, Page Up and Down, Home and End.
 *
 * @param getRange function that returns the first and the last index shown
 * @param onMove function of the index; the first key puts the cursor on the last reading
 * @param onOpen function of the index, for Enter
 */
export function listenToKeys(element, getRange, onMove, onOpen) {
  let current = null;
  element.addEventListener("keydown", (event) => {
    const [first, last] = getRange();
    if (first < 0) return;
    const inRange = current !== null && current >= first && current <= last;
    if (event.key === "Enter" && inRange) onOpen(current);
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
    const target = { Home: first, End: last }[event.key]
      ?? (event.key in steps ? (inRange ? current + steps[event.key] : last) : null);
    if (target === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    current = Math.min(Math.max(target, first), last);
    onMove(current);
  });
}
