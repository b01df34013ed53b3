// The view Anomalies: how much each month differs from its normal, and the trend.

import { createElement } from "../elements.js";
import { DAY, containsMonth, findNearest, toSeconds } from "../period.js";
import { buildAxes, buildOptions, createChart, formatDates, scaleOf } from "../plot.js";
import { formatChange, formatMonth, translate } from "../text.js";
import { moveCursors, paintInside, paintRectangle } from "./draw.js";
import { describeMonth, listMonths } from "./months.js";
import { buildTrendLines, describeTrend, paintTrend } from "./trend.js";

/** Draw the view; the result is described in chart.js. */
export function drawView(box, frame) {
  const { dataset, colors, width, period } = frame;
  const container = createElement("div", { id: "chart-anomalies", class: "chart" });
  box.replaceChildren(container);
  const all = listMonths(frame.series, frame.normals);
  const shown = all.filter(({ id, difference }) => difference !== null && containsMonth(period, id));
  const lines = buildTrendLines(frame.trend, all);
  const onCursor = (time) => frame.onCursor(time === null || !shown.length ? null : shown.indexOf(findNearest(shown, time)));
  const scale = scaleOf({ from: `${period.from.slice(0, 7)}-01`, to: period.to });
  const charts = shown.length ? [createChart(buildOptions({ ...frame, onCursor }, {
    height: width < 500 ? 360 : 480, axes: buildAxes(translate("axisDifference", { symbol: dataset.symbol }), formatDates, colors),
    scales: { x: { time: true, min: scale.min, max: Math.max(scale.max, shown.at(-1).time + 16 * DAY) },
      y: { range: (_, least, most) => uPlot.rangeNum(Math.min(least, 0), Math.max(most, 0), 0.1, true) } },
    series: [{ stroke: "transparent", points: { show: false } }],
    hooks: { drawAxes: [(chart) => paintBars(chart, shown, colors)],
      draw: [(chart) => lines && paintInside(chart, (ctx, x, y) => paintTrend(ctx, x, y, lines, colors))] },
  }), [shown.map(({ time }) => time), shown.map(({ difference }) => difference)], container, frame)] : [];
  if (!shown.length) container.append(createElement("p", { class: "quiet nothing" }, translate("noNormals")));
  return {
    charts,
    range: () => ({ first: 0, last: shown.length - 1 }),
    moveCursor: (index) => moveCursors(charts, shown[index].time),
    describeItem: (index) => describeMonth(shown[index], dataset),
    monthOf: (index) => shown[index].id,
    keys: () => (!shown.length ? [] : [
      ["warm", translate("keyAbove")], ["cold", translate("keyBelow")],
      ["hatched", translate("keyIncomplete")],
      ...(lines ? [["mean", translate("keyTrend")], ["spread", translate("keyInterval", { level: Math.round(frame.trend.level * 100) })]] : []),
    ]),
    texts: () => (shown.length ? [describeChart(shown, dataset)] : []),
    note: () => describeTrend(frame.trend, dataset),
  };
}

function describeChart(months, { symbol }) {
  const sorted = months.toSorted((a, b) => a.difference - b.difference);
  const describe = ({ id, difference }) => `${formatMonth(id)} (${formatChange(difference)} ${symbol})`;
  return translate("chartAnomalies", { from: formatMonth(months[0].id), to: formatMonth(months.at(-1).id),
    least: describe(sorted[0]), most: describe(sorted.at(-1)) });
}

function paintBars(chart, months, colors) {
  paintInside(chart, (ctx, x, y) => {
    const zero = y(0);
    for (const { id, year, month, difference, isIncomplete } of months) {
      const [left, right] = [x(toSeconds(`${id}-01`)), x(Date.UTC(year, month, 1) / 1000)];
      const gap = Math.min((right - left) * 0.15, 3 * devicePixelRatio);
      const [top, bottom] = [zero, y(difference)].sort((a, b) => a - b);
      paintRectangle(ctx, left + gap, top, Math.max(right - left - 2 * gap, 1), Math.max(bottom - top, 1),
        difference > 0 ? colors.warm : colors.cold, isIncomplete);
    }
    ctx.strokeStyle = colors.quiet;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(chart.bbox.left, zero);
    ctx.lineTo(chart.bbox.left + chart.bbox.width, zero);
    ctx.stroke();
  });
}
