// Two charts with one time axis: means with their deviation, deviations with the threshold.

import { byId } from "./elements.js";
import { DAY, contains, toIsoDate, toSeconds } from "./period.js";
import { NO_SELECTION, addTouchSelection, buildPoints, formatDates, placeDates } from "./plot.js";
import { describeFlags, formatDate, formatNumber, formatThreshold, formatTick, translate } from "./text.js";

// Width of the charts on paper, in CSS pixels.
const PAPER_WIDTH = 660;

let charts = [];
let shown = null;
let printing = false;

/**
 * Draw both charts.
 *
 * @param content readings in order of date, dataset, period as two dates, and alertDates: the dates
 *   above the threshold, as the service compares them, because doubles cannot always tell
 * @param onZoom function of the two dates of a selection; null for all
 */
export function drawCharts(content, onZoom) {
  for (const chart of charts) chart.destroy();
  charts = [];
  shown = { ...content, times: content.readings.map(({ date }) => toSeconds(date)), onZoom };
  if (!window.uPlot) {
    byId("chart-mean").textContent = translate("noChart");
    return;
  }
  const { dataset } = shown;
  const colors = readColors();
  const columns = buildColumns(shown.readings, dataset.gapDays);
  const [times, means, deviations, upper, lower] = columns;
  const threshold = Number(dataset.threshold);
  const narrow = chartWidth() < 500;
  charts.push(new uPlot(buildOptions(narrow ? 230 : 320, buildAxes(dataset.symbol, false, colors), [
    { stroke: colors.accent, width: 2, points: buildPoints(columns, () => false, colors) },
    { stroke: "transparent", points: { show: false } },
    { stroke: "transparent", points: { show: false } },
  ], { bands: [{ series: [2, 3], fill: colors.spread }] }),
  [times, means, upper, lower], byId("chart-mean")));
  const isAlert = (time) => shown.alertDates.has(toIsoDate(time));
  charts.push(new uPlot(buildOptions(narrow ? 130 : 160, buildAxes(`± ${dataset.symbol}`, true, colors), [
    { stroke: colors.accent, width: 1, fill: colors.spread, paths: uPlot.paths.bars({ size: [0.6, 9, 3] }),
      points: buildPoints(columns, isAlert, colors) },
    { stroke: colors.limit, width: 2, dash: [6, 5], points: { show: false } },
  ], { scales: { y: { range: (_, __, maximum) => [0, Math.max(maximum, threshold) * 1.15 || 1] } } }),
  [times, deviations, times.map(() => threshold)], byId("chart-deviation")));
  for (const chart of charts) {
    chart.root.querySelector("canvas").setAttribute("aria-hidden", "true");
    addTouchSelection(chart, shown.onZoom);
  }
}

/** Show another period of the same readings. */
export function showPeriodInCharts(period) {
  shown.period = period;
  for (const chart of charts) chart.setScale("x", scaleOf(period));
  showCursor(null);
}

/** Mark the dates above the threshold. */
export function markAlerts(alertDates) {
  if (shown) shown.alertDates = alertDates;
  for (const chart of charts) chart.redraw(false);
}

/** Put the cursor on a reading. */
export function moveCursor(index) {
  for (const chart of charts) {
    const left = chart.valToPos(shown.times[index], "x");
    chart.setCursor({ left, top: chart.over.clientHeight / 2 }, false);
  }
  showCursor(index);
}

/** Return the indexes of the first and the last reading shown; -1 for none. */
export function shownIndexes() {
  const inPeriod = ({ date }) => contains(shown.period, date);
  return shown ? [shown.readings.findIndex(inPeriod), shown.readings.findLastIndex(inPeriod)] : [-1, -1];
}

function showCursor(index) {
  const words = index === null ? "" : describeReading(shown.readings[index], shown.dataset);
  byId("readout").textContent = words;
  byId("charts").setAttribute("aria-valuenow", index === null ? 0 : Math.max(index - shownIndexes()[0], 0));
  byId("charts").setAttribute("aria-valuetext", words || translate("cursorHint"));
}

const scaleOf = ({ from, to }) => ({ min: toSeconds(from) - 2 * DAY, max: toSeconds(to) + 2 * DAY });
const chartWidth = () => (printing ? PAPER_WIDTH : byId("chart-mean").clientWidth);

function buildOptions(height, axes, series, { scales, ...options }) {
  return {
    width: chartWidth(), height, axes,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { sync: { key: "series" }, drag: { x: true, y: false, setScale: false, dist: 5 }, points: { size: 9 },
      // uPlot's own action on a double click shows all readings, but changes no period.
      bind: { dblclick: () => () => shown.onZoom(null, null) } },
    hooks: {
      setSelect: [(chart) => {
        const { left, width } = chart.select;
        if (width < 5) return;
        chart.setSelect(NO_SELECTION, false);
        shown.onZoom(...[left, left + width].map((x) => toIsoDate(chart.posToVal(x, "x"))));
      }],
      setCursor: [(chart) => {
        const { left } = chart.cursor;
        showCursor(left >= 0 ? findNearest(shown.times, chart.posToVal(left, "x")) : null);
      }],
    },
    scales: { x: { time: true, ...scaleOf(shown.period) }, ...scales },
    series: [{}, ...series],
    ...options,
  };
}

function buildAxes(label, withDates, colors) {
  const axis = { stroke: colors.quiet, grid: { stroke: colors.line, width: 1 }, ticks: { show: false },
    font: "12px system-ui" };
  return [
    { ...axis, size: withDates ? 40 : 8, values: withDates ? formatDates : (_, times) => times.map(() => ""),
      splits: (chart, __, from, to) => placeDates(from, to, chart.width) },
    { ...axis, size: 52, label, labelSize: 18, labelGap: 0, labelFont: "12px system-ui",
      values: (_, values) => values.map((value) => formatTick(value, countDecimals(values))) },
  ];
}

/** Fit the charts to the page or to paper; its colors are those of the light theme. */
export function fitCharts(isPrinting = printing) {
  const redraw = isPrinting !== printing;
  printing = isPrinting;
  const width = chartWidth();
  if (redraw && shown) drawCharts(shown, shown.onZoom);
  else for (const chart of charts) if (width && chart.width !== width) chart.setSize({ width, height: chart.height });
}

/**
 * Return times, means, deviations, means + deviation, means - deviation, and whether each has flags.
 *
 * Nulls break the line between readings more than `gapDays` apart.
 */
export function buildColumns(readings, gapDays) {
  const rows = [];
  let previous = null;
  for (const { date, flags, ...reading } of readings) {
    const time = toSeconds(date);
    // No line across a gap: the values in between are unknown.
    if (previous !== null && time - previous > gapDays * DAY) rows.push([previous + DAY, null, null, null, null]);
    const [mean, deviation] = [Number(reading.mean), Number(reading.deviation)];
    rows.push([time, mean, deviation, mean + deviation, mean - deviation, flags.length > 0]);
    previous = time;
  }
  return [0, 1, 2, 3, 4, 5].map((column) => rows.map((row) => row[column]));
}

/** Describe the charts in words: for a screen reader, and below them. */
export function describeCharts(dataset, readings, dates, alertDates) {
  const period = { from: formatDate(dates.from), to: formatDate(dates.to) };
  const value = `${formatThreshold(dataset.threshold)} ${dataset.symbol}`;
  const count = readings.length;
  const means = readings.map(({ mean }) => Number(mean)).sort((a, b) => a - b);
  byId("charts").hidden = !count;
  byId("charts").setAttribute("aria-valuemax", Math.max(count - 1, 0));
  byId("shown").textContent = translate(count ? "shown" : "noneShown", { count, ...period });
  byId("key-threshold").textContent = translate("keyThreshold", { value });
  byId("mean-text").textContent = count ? translate("chartMean",
    { ...period, least: formatNumber(means[0]), most: formatNumber(means.at(-1)) }) : "";
  byId("deviation-text").textContent = count ? translate("chartDeviation",
    { ...period, value, count: readings.filter(({ date }) => alertDates.has(date)).length }) : "";
}

// Date and values, and why the reading looks wrong.
function describeReading({ date, mean, deviation, flags }, { symbol }) {
  const values = `${formatDate(date)} · ${formatNumber(mean)} ± ${formatNumber(deviation)} ${symbol}`;
  return flags.length ? `${values} · ${translate("flagged")}: ${describeFlags(flags)}` : values;
}

function findNearest(times, time) {
  let [low, high] = [0, times.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle;
    else high = middle;
  }
  return time - times[low] < times[high] - time ? low : high;
}

// The fewest decimals that show every label of an axis exactly, at most two.
const countDecimals = (values) => [0, 1].find((decimals) =>
  values.every((value) => Math.abs(value - Number(value.toFixed(decimals))) < 1e-9)) ?? 2;

// The element #light has the colors of the light theme.
function readColors() {
  const style = getComputedStyle(printing ? byId("light") : document.documentElement);
  return Object.fromEntries(["accent", "spread", "quiet", "line", "limit", "alert", "card"]
    .map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
