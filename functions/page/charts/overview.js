// The strip below a chart: the whole series, with the period as a brush.

import { createElement } from "../elements.js";
import { DAY, buildColumns, buildEnvelope, isDense, openEnds, toIsoDate, toSeconds } from "../period.js";
import { createChart } from "../plot.js";

const HEIGHT = 48;
// From an edge of the brush, in CSS pixels.
const GRIP = 10;

/**
 * Draw the strip.
 *
 * @param frame points, dataset, colors, width, period, onPreview and onZoom: functions of two dates, the
 *   first while the brush moves
 * @returns showPeriod and destroy
 */
export function drawOverview(box, frame) {
  const { dataset, points, colors, width } = frame;
  const container = createElement("div", { class: "chart" });
  box.replaceChildren(container);
  const series = { first: points[0].date, last: points.at(-1).date };
  const [times, means, , most, least] = isDense(points, width) ? buildEnvelope(points, dataset.gapDays, width)
    : buildColumns(points, dataset.gapDays).with(3, null);
  const chart = createChart({
    width, height: HEIGHT, padding: [2, 8, 2, 8], legend: { show: false }, cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: { x: { time: true, min: toSeconds(series.first) - 2 * DAY, max: toSeconds(series.last) + 2 * DAY } },
    series: [{}, { stroke: colors.accent, width: 1, points: { show: false } },
      ...(most ? [{ stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } }] : [])],
    ...(most ? { bands: [{ series: [2, 3], fill: colors.spread }] } : {}),
    // Before, nothing has a place.
    hooks: { ready: [() => showPeriod(frame.period)] },
  }, most ? [times, means, most, least] : [times, means], container);
  const mark = (left, right) => chart.setSelect({ left, width: Math.max(right - left, 2), top: 0, height: chart.over.clientHeight }, false);
  const showPeriod = ({ from, to }) => mark(...[from, to].map((date) => chart.valToPos(toSeconds(date), "x")));
  listenToBrush(chart, mark, frame, series);
  return { showPeriod, destroy: () => chart.destroy() };
}

// The brush is moved by its middle, resized by its edges, and begun anew outside.
function listenToBrush(chart, mark, { onPreview, onZoom }, series) {
  const { over } = chart;
  let drag = null;
  const positionOf = (event) => event.clientX - over.getBoundingClientRect().left;
  const datesOf = (edges) => {
    const [from, to] = edges.map((left) => toIsoDate(Math.round(chart.posToVal(left, "x") / DAY) * DAY));
    return [from < series.first ? series.first : from, to > series.last ? series.last : to];
  };
  over.addEventListener("pointerdown", (event) => {
    const start = positionOf(event);
    const { left, width } = chart.select;
    const [first, last] = [left, left + width];
    const near = Math.min(GRIP, width / 3);
    if (Math.abs(start - first) <= near) drag = (x) => [x, last];
    else if (Math.abs(start - last) <= near) drag = (x) => [first, x];
    else if (start > first && start < last && width < over.clientWidth * 0.95) {
      drag = (x) => {
        const move = Math.min(Math.max(x - start, -first), over.clientWidth - last);
        return [first + move, last + move];
      };
    } else drag = (x) => [start, x];
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const edges = drag(Math.min(Math.max(positionOf(event), 0), over.clientWidth)).sort((a, b) => a - b);
    mark(...edges);
    if (edges[1] - edges[0] >= 2) onPreview(...datesOf(edges));
  });
  const end = (event) => {
    if (!drag) return;
    const edges = drag(Math.min(Math.max(positionOf(event), 0), over.clientWidth)).sort((a, b) => a - b);
    drag = null;
    const [from, to] = datesOf(edges);
    // A click is no period.
    if (event.type === "pointercancel" || edges[1] - edges[0] < 5) onZoom();
    else onZoom(...Object.values(openEnds(from, to, series)));
  };
  over.addEventListener("pointerup", end);
  over.addEventListener("pointercancel", end);
}
