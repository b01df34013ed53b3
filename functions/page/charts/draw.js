// What uPlot does not draw: the band of the normals, and hatched bars; and the cursor.

import { DAY, toSeconds } from "../period.js";

/** Draw in the plotting area; `paint` gets the context and the functions that place values on it. */
export function paintInside(chart, paint) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = 2 * devicePixelRatio;
  paint(ctx, (x) => chart.valToPos(x, "x", true), (y) => chart.valToPos(y, "y", true));
  ctx.restore();
}

/** Put the cursor of charts on a value of x. */
export function moveCursors(charts, x) {
  for (const chart of charts) {
    chart.setCursor({ left: chart.valToPos(x, "x"), top: chart.over.clientHeight / 2 }, false);
  }
}

// Around New Year the readings of one winter are of two years.
export const USUAL_YEARS = 3;
const hasRange = ({ years }) => years >= USUAL_YEARS;

/** Return whether any week has a usual range; true while the normals are unknown. */
export const hasRanges = (normals) => !normals || normals.weeks.some(hasRange);

/** Return the normals of the week of a date, null if they are no usual range. */
export function findWeek(normals, date) {
  const week = normals?.weeks.findLast(({ first }) => first <= date.slice(5));
  return week && hasRange(week) ? week : null;
}

/** Return the usual range, 10th to 90th percentile, of each week between two times; null for a week without. */
export function buildBand(normals, from, to) {
  if (!normals) return [];
  const [first, last] = [from, to].map((time) => new Date(time * 1000).getUTCFullYear());
  return Array.from({ length: last - first + 3 }, (_, index) => first - 1 + index).flatMap((year) =>
    normals.weeks.map((week) => ({ time: toSeconds(`${year}-${week.first}`) + 3 * DAY, week }))
      .filter(({ time }) => time > from - 8 * DAY && time < to + 8 * DAY)
      .map(({ time, week }) => (hasRange(week) ? { time, low: week.p10, high: week.p90 } : null)));
}

export function paintBand(chart, band, color) {
  paintInside(chart, (ctx, x, y) => {
    ctx.fillStyle = color;
    for (let index = 1; index < band.length; index += 1) {
      const [a, b] = [band[index - 1], band[index]];
      if (!a || !b) continue;
      // Whole pixels, so that no seam shows between the pieces.
      const [left, right] = [Math.round(x(a.time)), Math.round(x(b.time))];
      if (left === right) continue;
      ctx.beginPath();
      ctx.moveTo(left, y(a.low));
      ctx.lineTo(left, y(a.high));
      ctx.lineTo(right, y(b.high));
      ctx.lineTo(right, y(b.low));
      ctx.fill();
    }
  });
}

/** Fill a rectangle, in canvas pixels; hatched and outlined if `hatched`. */
export function paintRectangle(ctx, left, top, width, height, color, hatched) {
  ctx.save();
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  if (!hatched) {
    ctx.fill();
  } else {
    ctx.clip();
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.strokeRect(left, top, width, height);
    ctx.lineWidth = devicePixelRatio;
    paintHatch(ctx, left, top, width, height);
  }
  ctx.restore();
}

/** Draw lines from the lower left to the upper right over a clipped rectangle. */
export function paintHatch(ctx, left, top, width, height) {
  const step = 5 * devicePixelRatio;
  ctx.beginPath();
  // From multiples of the step, so that the lines of neighbours meet.
  for (let sum = Math.floor((left + top) / step) * step; sum < left + top + width + height; sum += step) {
    ctx.moveTo(sum - top, top);
    ctx.lineTo(sum - top - height, top + height);
  }
  ctx.stroke();
}
