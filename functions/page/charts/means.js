// The view Series: means over the usual range of the season, and deviations with the threshold.

import { createElement } from "../elements.js";
import { toSeconds } from "../period.js";
import { buildAxes, buildOptions, createChart, formatDates, moveCursors, scaleOf } from "../plot.js";
import { formatDate, formatNumber, formatThreshold, translate } from "../text.js";
import { buildBand, paintBand, paintMarks, rangeWith } from "./draw.js";
import { buildColumns, buildEnvelope, describeReading, findIndex, findNearest, isDense, selectPoints } from "./readings.js";

/** Draw the view; the result is described in chart.js. */
export function drawView(box, frame) {
  const { dataset, points, normals, colors, width, isAlert } = frame;
  const boxes = ["mean", "deviation"].map((name) => createElement("div", { id: `chart-${name}`, class: "chart" }));
  box.replaceChildren(...boxes);
  const threshold = Number(dataset.threshold);
  const narrow = width < 500;
  let inSight = null;
  const paint = (valueOf, isMarked) => (chart) => paintMarks(chart, inSight.points, valueOf, isMarked, colors);
  const onCursor = (time) => frame.onCursor(time === null ? null : findNearest(points, time).index);
  const setUp = (options) => buildOptions({ ...frame, onCursor }, options);
  const look = () => {
    const { min, max } = scaleOf(frame.period);
    const shown = selectPoints(points, frame.period);
    // Lines go on to the neighbours, up to the edge.
    const [first, last] = [findIndex(points, min), findIndex(points, max + 1)];
    const dense = isDense(shown, width);
    const columns = dense ? buildEnvelope(shown, dataset.gapDays, width)
      : buildColumns(points.slice(Math.max(first - 1, 0), last + 1), dataset.gapDays);
    inSight = { points: shown, dense, columns, scale: { min, max }, band: buildBand(normals, min, max) };
  };
  const listData = () => {
    const [times, means, deviations, upper, lower] = inSight.columns;
    return [[times, means, upper, lower], [times, deviations, times.map(() => threshold)]];
  };
  look();
  const x = { time: true, ...inSight.scale };
  const [meanData, deviationData] = listData();
  const charts = [
    createChart(setUp({
      height: narrow ? 230 : 320, axes: buildAxes(dataset.symbol, null, colors),
      scales: { x, y: { range: (_, least, most) => rangeWith(inSight.band, least, most) } },
      series: [{ stroke: colors.accent, width: 2, points: { show: false } },
        { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } }],
      bands: [{ series: [2, 3], fill: colors.spread }],
      hooks: { drawAxes: [(chart) => paintBand(chart, inSight.band, colors.normal)],
        draw: [paint(({ mean }) => mean, () => false)] },
    }), meanData, boxes[0], frame),
    createChart(setUp({
      height: narrow ? 130 : 160, axes: buildAxes(`± ${dataset.symbol}`, formatDates, colors),
      scales: { x, y: { range: (_, __, most) => [0, Math.max(most, threshold) * 1.15 || 1] } },
      series: [{ stroke: colors.accent, width: 1, fill: colors.spread, points: { show: false },
        paths: uPlot.paths.bars({ size: [0.6, 9, 3] }) },
      { stroke: colors.limit, width: 2, dash: [6, 5], points: { show: false } }],
      hooks: { draw: [paint(({ deviation }) => deviation, isAlert)] },
    }), deviationData, boxes[1], frame),
  ];
  return {
    charts,
    showPeriod(period) {
      frame.period = period;
      look();
      listData().forEach((data, index) => charts[index].batch(() => {
        charts[index].setData(data, false);
        charts[index].setScale("x", inSight.scale);
      }));
    },
    redraw: () => charts.forEach((chart) => chart.redraw(false)),
    range: () => ({ first: findIndex(points, toSeconds(frame.period.from)), last: findIndex(points, toSeconds(frame.period.to) + 1) - 1 }),
    moveCursor: (index) => moveCursors(charts, points[index].time),
    describeItem: (index) => describeReading(points[index], dataset, normals),
    monthOf: (index) => points[index].date.slice(0, 7),
    keys: () => [
      ["mean", translate("keyMean")],
      ["spread", translate(inSight.dense ? "keyEnvelope" : "keySpread")],
      ...(normals?.period.years !== 1 ? [["normal", translate("keyNormal")]] : []),
      ["flagged", translate("keyFlagged")],
      ...(points.some(({ isBad }) => isBad) ? [["cross", translate("keyBad")]] : []),
      ["limit", translate("keyThreshold", { value: `${formatThreshold(dataset.threshold)} ${dataset.symbol}` })],
      ["alert", translate("keyAlert")],
    ],
    texts: () => describeCharts(inSight.points, dataset, frame.period, isAlert),
  };
}

function describeCharts(points, dataset, { from, to }, isAlert) {
  if (!points.length) return [];
  const period = { from: formatDate(from), to: formatDate(to) };
  const value = `${formatThreshold(dataset.threshold)} ${dataset.symbol}`;
  const means = points.map(({ mean }) => mean);
  const [least, most] = [Math.min, Math.max].map((find) => formatNumber(means.reduce((a, b) => find(a, b))));
  return [translate("chartMean", { ...period, least, most }),
    translate("chartDeviation", { ...period, value, count: points.filter(isAlert).length })];
}
