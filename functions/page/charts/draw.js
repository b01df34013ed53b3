// What uPlot does not draw: the band of the normals, the marks of readings, and hatched bars.

import { DAY, toSeconds } from "../period.js";

// With more readings in sight, only the marks that mean something are drawn.
const CROWDED = 150;

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

/** Return the usual range, 10th to 90th percentile, of each week between two times; null for a week without. */
export function buildBand(normals, from, to) {
  if (!normals) return [];
  const [first, last] = [from, to].map((time) => new Date(time * 1000).getUTCFullYear());
  return Array.from({ length: last - first + 3 }, (_, index) => first - 1 + index).flatMap((year) =>
    normals.weeks.map((week) => ({ time: toSeconds(`${year}-${week.first}`) + 3 * DAY, week }))
      .filter(({ time }) => time > from - 8 * DAY && time < to + 8 * DAY)
      .map(({ time, week }) => (week.years > 1 ? { time, low: week.p10, high: week.p90 } : null)));
}

/** Return a range of the axis y that shows both its data and the band. */
export function rangeWith(band, least, most) {
  const shown = band.filter(Boolean);
  const low = Math.min(least ?? Infinity, ...shown.map((week) => week.low));
  const high = Math.max(most ?? -Infinity, ...shown.map((week) => week.high));
  return low <= high ? uPlot.rangeNum(low, high, 0.1, true) : [0, 1];
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

/**
 * Draw the marks of readings: hollow where one looks wrong, a cross where a review rejected it.
 *
 * @param valueOf function of a point; null for no mark
 * @param isAlert function of a point
 */
export function paintMarks(chart, points, valueOf, isAlert, colors) {
  const crowded = points.length > CROWDED;
  const { ctx } = chart;
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const point of points) {
    const alert = isAlert(point);
    const special = alert || point.isDoubtful || point.isBad;
    if (crowded && !special) continue;
    const [left, top] = [chart.valToPos(point.time, "x", true), chart.valToPos(valueOf(point), "y", true)];
    ctx.strokeStyle = alert ? colors.alert : colors.accent;
    ctx.fillStyle = point.isDoubtful ? colors.card : ctx.strokeStyle;
    ctx.beginPath();
    if (point.isBad) {
      paintCross(ctx, left, top, 4.5 * devicePixelRatio);
    } else {
      ctx.arc(left, top, (special ? 4.5 : 3) * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
    }
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
