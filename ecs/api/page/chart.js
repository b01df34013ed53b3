// The two charts: means with their spread, deviations with the threshold; one axis of time.

import { byId } from "./elements.js";
import { DAY, isoDay, seconds } from "./span.js";
import { day, dayMonth, mark, monthNames, number, text } from "./text.js";

// Readings further apart than this are not joined by a line: nothing is known in between.
const JOINED_DAYS = 45;

let charts = [];

// `above` has the dates that the service says are above the threshold: doubles cannot always tell.
export function draw(readings, dataset, span, above, onZoom) {
  for (const chart of charts) chart.destroy();
  charts = [];
  if (!window.uPlot) {
    byId("chart-mean").textContent = text("noChart");
    return;
  }
  const data = columns(readings);
  const alerting = new Set([...above].map(seconds));
  const colors = palette();
  const shared = (height, series, more) => ({
    width: byId("chart-mean").clientWidth, height,
    tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { sync: { key: "series" }, drag: { x: true, y: false, setScale: false, dist: 5 },
      points: { size: 9 } },
    hooks: {
      setSelect: [(chart) => {
        if (chart.select.width < 5) return;
        const [from, to] = [chart.select.left, chart.select.left + chart.select.width]
          .map((place) => isoDay(chart.posToVal(place, "x")));
        chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
        onZoom(from, to);
      }],
      setCursor: [(chart) => readout(readings, data[0][chart.cursor.idx], dataset)],
    },
    scales: { x: { time: true, min: seconds(span.from) - 2 * DAY, max: seconds(span.to) + 2 * DAY } },
    series: [{}, ...series],
    ...more,
  });
  const axes = (unit, times) => [
    { stroke: colors.quiet, grid: { stroke: colors.line, width: 1 }, ticks: { show: false },
      font: "12px system-ui", size: times ? 40 : 8, space: 56, values: times ? dates : () => [] },
    { stroke: colors.quiet, grid: { stroke: colors.line, width: 1 }, ticks: { show: false }, size: 52,
      label: unit, labelSize: 18, labelGap: 0, font: "12px system-ui", labelFont: "12px system-ui",
      values: (_, values) => values.map((value) => mark(value, places(values))) },
  ];
  const limit = Number(dataset.threshold);
  const point = (index) => (alerting.has(data[0][index]) ? colors.alert : colors.accent);
  const small = byId("chart-mean").clientWidth < 500;
  charts.push(new uPlot(shared(small ? 230 : 320, [
    { stroke: colors.accent, width: 2, points: points(point, colors) },
    { stroke: "transparent", points: { show: false } },
    { stroke: "transparent", points: { show: false } },
  ], {
    axes: axes(dataset.symbol, false), bands: [{ series: [2, 3], fill: colors.spread }],
  }), [data[0], data[1], data[4], data[5]], byId("chart-mean")));
  charts.push(new uPlot(shared(small ? 130 : 160, [
    { stroke: colors.accent, width: 1, fill: colors.spread, paths: uPlot.paths.bars({ size: [0.6, 9, 3] }),
      points: points(point, colors) },
    { stroke: colors.limit, width: 2, dash: [6, 5], points: { show: false } },
  ], {
    axes: axes(`± ${dataset.symbol}`, true),
    scales: {
      x: { time: true, min: seconds(span.from) - 2 * DAY, max: seconds(span.to) + 2 * DAY },
      y: { range: (_, __, most) => [0, Math.max(most, limit) * 1.15 || 1] },
    },
  }), [data[0], data[3], data[0].map(() => limit)], byId("chart-deviation")));
  for (const chart of charts) {
    chart.root.querySelector("canvas").setAttribute("aria-hidden", "true");
    fingers(chart, onZoom);
  }
}

// uPlot knows the mouse alone: a finger that moves sideways selects, one that moves up scrolls.
function fingers(chart, onZoom) {
  const { over } = chart;
  let start = null;
  const place = (event) => event.clientX - over.getBoundingClientRect().left;
  over.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") start = place(event);
  });
  over.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const [left, right] = [start, place(event)].sort((one, other) => one - other);
    chart.setSelect({ left, width: right - left, top: 0, height: over.clientHeight }, false);
  });
  over.addEventListener("pointercancel", () => {
    start = null;
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  });
  over.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const [left, right] = [start, place(event)].sort((one, other) => one - other);
    start = null;
    if (right - left < 10) return;
    onZoom(...[left, right].map((one) => isoDay(chart.posToVal(one, "x"))));
  });
}

export function resize() {
  const width = byId("chart-mean").clientWidth;
  for (const chart of charts) {
    if (width && chart.width !== width) chart.setSize({ width, height: chart.height });
  }
}

// Time, mean (with breaks), -, deviation, mean + deviation, mean - deviation.
function columns(readings) {
  const data = [[], [], [], [], [], []];
  let before = null;
  for (const reading of readings) {
    const time = seconds(reading.date);
    if (before !== null && time - before > JOINED_DAYS * DAY) {
      add(data, before + DAY, null, null);
    }
    add(data, time, Number(reading.mean), Number(reading.deviation));
    before = time;
  }
  return data;
}

function add(data, time, mean, deviation) {
  const known = mean !== null;
  [time, mean, null, deviation, known ? mean + deviation : null, known ? mean - deviation : null]
    .forEach((value, index) => data[index].push(value));
}

// Points one by one, so that those above the threshold can have a colour of their own.
function points(color, colors) {
  return {
    show: (chart, series, first, last) => {
      const { ctx } = chart;
      const many = last - first > 150;
      ctx.save();
      for (let index = first; index <= last; index += 1) {
        const value = chart.data[series][index];
        const fill = color(index);
        if (value === null || (many && fill !== colors.alert)) continue;
        const radius = (fill === colors.alert ? 4.5 : 3) * devicePixelRatio;
        ctx.beginPath();
        ctx.arc(chart.valToPos(chart.data[0][index], "x", true), chart.valToPos(value, "y", true),
          radius, 0, 2 * Math.PI);
        ctx.fillStyle = fill;
        ctx.fill();
      }
      ctx.restore();
      return false;
    },
  };
}

function readout(readings, time, dataset) {
  const date = time === undefined ? null : isoDay(time);
  const reading = readings.find((one) => one.date === date);
  byId("readout").textContent = reading
    ? `${day(reading.date)} · ${number(reading.mean)} ± ${number(reading.deviation)} ${dataset.symbol}`
    : "";
}

// As few decimals as tell the marks of an axis apart from each other and from what they are not.
const places = (values) => [0, 1].find((digits) =>
  values.every((value) => Math.abs(value - Number(value.toFixed(digits))) < 1e-9)) ?? 2;

// Marks of time: days where they are close, else months, each year once.
function dates(_, times, __, ___, apart) {
  let year = "";
  return times.map((time) => {
    const iso = isoDay(time);
    const shown = iso.slice(0, 4) === year ? "" : iso.slice(0, 4);
    year = iso.slice(0, 4);
    if (apart >= 360 * DAY) return shown;
    return `${apart < 28 * DAY ? dayMonth(iso) : monthNames()[Number(iso.slice(5, 7)) - 1]}\n${shown}`;
  });
}

function palette() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(["accent", "spread", "quiet", "line", "limit", "alert"]
    .map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}
