// Two charts with one time axis: means with their deviation, deviations with the threshold.

import { byId } from "./elements.js";
import { DAY, toIsoDate, toSeconds } from "./period.js";
import { formatDate, formatDay, formatMonthName, formatNumber, formatTick, translate } from "./text.js";

// A line does not join readings further apart, because the values in between are unknown.
const JOINED_DAYS = 45;
const NO_SELECTION = { left: 0, width: 0, top: 0, height: 0 };

let charts = [];

/**
 * Draw both charts.
 *
 * `alertDates` has the dates above the threshold, as the service compares them: doubles cannot always
 * tell. `onZoom` takes the two dates of a selection.
 */
export function drawCharts(readings, dataset, period, alertDates, onZoom) {
  for (const chart of charts) chart.destroy();
  charts = [];
  if (!window.uPlot) {
    byId("chart-mean").textContent = translate("noChart");
    return;
  }
  const [times, means, deviations, upper, lower] = buildColumns(readings);
  const alertTimes = new Set([...alertDates].map(toSeconds));
  const colors = readColors();
  const threshold = Number(dataset.threshold);
  const width = byId("chart-mean").clientWidth;
  const buildOptions = (height, axes, series, { scales, ...options } = {}) => ({
    width, height, axes,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { sync: { key: "series" }, drag: { x: true, y: false, setScale: false, dist: 5 },
      points: { size: 9 } },
    hooks: {
      setSelect: [(chart) => {
        const { left, width: selected } = chart.select;
        if (selected < 5) return;
        const dates = [left, left + selected].map((x) => toIsoDate(chart.posToVal(x, "x")));
        chart.setSelect(NO_SELECTION, false);
        onZoom(...dates);
      }],
      setCursor: [(chart) => showReading(readings, times[chart.cursor.idx], dataset)],
    },
    scales: {
      x: { time: true, min: toSeconds(period.from) - 2 * DAY, max: toSeconds(period.to) + 2 * DAY },
      ...scales,
    },
    series: [{}, ...series],
    ...options,
  });
  const buildAxes = (label, withDates) => [
    { stroke: colors.quiet, grid: { stroke: colors.line, width: 1 }, ticks: { show: false },
      font: "12px system-ui", size: withDates ? 40 : 8, space: 56, values: withDates ? formatDates : () => [] },
    { stroke: colors.quiet, grid: { stroke: colors.line, width: 1 }, ticks: { show: false }, size: 52,
      label, labelSize: 18, labelGap: 0, font: "12px system-ui", labelFont: "12px system-ui",
      values: (_, values) => values.map((value) => formatTick(value, countDecimals(values))) },
  ];
  const points = buildPoints((index) => (alertTimes.has(times[index]) ? colors.alert : colors.accent), colors);
  const narrow = width < 500;
  charts.push(new uPlot(buildOptions(narrow ? 230 : 320, buildAxes(dataset.symbol, false), [
    { stroke: colors.accent, width: 2, points },
    { stroke: "transparent", points: { show: false } },
    { stroke: "transparent", points: { show: false } },
  ], { bands: [{ series: [2, 3], fill: colors.spread }] }),
  [times, means, upper, lower], byId("chart-mean")));
  charts.push(new uPlot(buildOptions(narrow ? 130 : 160, buildAxes(`± ${dataset.symbol}`, true), [
    { stroke: colors.accent, width: 1, fill: colors.spread, paths: uPlot.paths.bars({ size: [0.6, 9, 3] }), points },
    { stroke: colors.limit, width: 2, dash: [6, 5], points: { show: false } },
  ], { scales: { y: { range: (_, __, maximum) => [0, Math.max(maximum, threshold) * 1.15 || 1] } } }),
  [times, deviations, times.map(() => threshold)], byId("chart-deviation")));
  for (const chart of charts) {
    chart.root.querySelector("canvas").setAttribute("aria-hidden", "true");
    addTouchSelection(chart, onZoom);
  }
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
    if (right - left < 10) return;
    onZoom(...[left, right].map((x) => toIsoDate(chart.posToVal(x, "x"))));
  });
}

export function resizeCharts() {
  const width = byId("chart-mean").clientWidth;
  for (const chart of charts) {
    if (width && chart.width !== width) chart.setSize({ width, height: chart.height });
  }
}

/** Return times, means, deviations, means + deviation and means - deviation; nulls break the line. */
function buildColumns(readings) {
  const rows = [];
  let previous = null;
  for (const reading of readings) {
    const time = toSeconds(reading.date);
    if (previous !== null && time - previous > JOINED_DAYS * DAY) {
      rows.push([previous + DAY, null, null, null, null]);
    }
    const [mean, deviation] = [Number(reading.mean), Number(reading.deviation)];
    rows.push([time, mean, deviation, mean + deviation, mean - deviation]);
    previous = time;
  }
  return [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
}

// uPlot has one color for all points of a series; this draws each point in its own.
function buildPoints(colorOf, colors) {
  return {
    show: (chart, series, first, last) => {
      const { ctx } = chart;
      const crowded = last - first > 150;
      ctx.save();
      for (let index = first; index <= last; index += 1) {
        const value = chart.data[series][index];
        const color = colorOf(index);
        if (value === null || (crowded && color !== colors.alert)) continue;
        const radius = (color === colors.alert ? 4.5 : 3) * devicePixelRatio;
        ctx.beginPath();
        ctx.arc(chart.valToPos(chart.data[0][index], "x", true), chart.valToPos(value, "y", true),
          radius, 0, 2 * Math.PI);
        ctx.fillStyle = color;
        ctx.fill();
      }
      ctx.restore();
      return false;
    },
  };
}

function showReading(readings, time, dataset) {
  const date = time === undefined ? null : toIsoDate(time);
  const reading = readings.find((candidate) => candidate.date === date);
  byId("readout").textContent = reading
    ? `${formatDate(date)} · ${formatNumber(reading.mean)} ± ${formatNumber(reading.deviation)} ${dataset.symbol}`
    : "";
}

// The fewest decimals that show every label of an axis exactly, at most two.
const countDecimals = (values) => [0, 1].find((decimals) =>
  values.every((value) => Math.abs(value - Number(value.toFixed(decimals))) < 1e-9)) ?? 2;

// Labels of the time axis: days or months, with the year where it changes.
function formatDates(_, times, __, ___, increment) {
  let previousYear = "";
  return times.map((time) => {
    const date = toIsoDate(time);
    const year = date.slice(0, 4);
    const label = year === previousYear ? "" : year;
    previousYear = year;
    if (increment >= 360 * DAY) return label;
    return `${increment < 28 * DAY ? formatDay(date) : formatMonthName(date)}\n${label}`;
  });
}

function readColors() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["accent", "spread", "quiet", "line", "limit", "alert"]
    .map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
