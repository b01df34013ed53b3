// The chart card and its first view, Series; charts/ has what the first chart does not need.
//
// The module of a view exports drawView(box, frame). It returns uPlot's charts, keys(), texts() for screen
// readers, range() of the items that the arrow keys step through, describeItem(), moveCursor() and monthOf() of an
// item; and where it has them note(), hint() for the readout, years and year to choose from, grid for a picture,
// and showPeriod() if it can show another period without being drawn anew.

import { byId, createElement } from "./elements.js";
import { buildColumns, buildEnvelope, findIndex, findNearest, isDense, parseReadings, selectPoints } from "./period.js";
import { buildAxes, buildOptions, createChart, formatDates, paintMarks, rangeWith, readColors, scaleOf } from "./plot.js";
import { translate } from "./text.js";

// The views, with what each draws besides the readings.
export const VIEWS = {
  series: ["normals"], years: ["normals"], anomalies: ["normals", "series", "trend"], map: ["normals", "series"],
};
// Width of the charts on paper, in CSS pixels.
export const PAPER_WIDTH = 660;

/**
 * The card's state: the choice in the address, the actions of the page, the content, the drawing of the view,
 * the modules of the views, and the module charts/card.js, which has the controls and the words.
 */
export const state = { choice: null, actions: null, content: null, drawing: null, printing: false,
  modules: { series: { drawView: drawMeans } }, card: null };

export const viewName = () => state.choice.view ?? "series";
export const frameWidth = () => (state.printing ? PAPER_WIDTH : byId("stage").clientWidth);

/** Return the view in the address, null for Series, and the year in Year by year. */
export function readChoice(parameters) {
  const [view, year] = [parameters.get("view"), parameters.get("year")];
  return { view: view !== "series" && Object.hasOwn(VIEWS, view) ? view : null,
    year: view === "years" && /^\d{4}$/.test(year) ? year : null };
}

/**
 * Give the card what it needs of the page.
 *
 * @param choice object with view and year, which the card changes
 * @param actions writeAddress, and openMonth: function of a month as 2022-12
 */
export function setUpCharts(choice, actions) {
  Object.assign(state, { choice, actions });
}

/**
 * Draw the chosen view.
 *
 * @param content readings in order of date, dataset, period as two dates, and alertDates: the dates
 *   above the threshold, as the service compares them, because doubles cannot always tell
 * @param onZoom function of the two dates of a selection; null for all
 */
export async function drawCharts({ readings, ...content }, onZoom) {
  const { content: last } = state;
  const isSame = last?.readings === readings;
  state.content = { ...content, readings, onZoom, points: isSame ? last.points : parseReadings(readings),
    loaded: isSame ? last.loaded : {} };
  byId("view").setAttribute("aria-busy", "true");
  // The first chart waits for nothing.
  const isDrawn = viewName() === "series";
  if (isDrawn) draw();
  if (!state.card) {
    state.card = await import("./charts/card.js");
    if (state.drawing) state.card.showCard();
  }
  state.card.loadView(isDrawn);
}

/** Return what a view draws; with `light`, in the colors of the light theme. */
export function buildFrame(light = state.printing, width = frameWidth()) {
  const { loaded, ...content } = state.content;
  return {
    ...content, width, year: state.choice.year, colors: readColors(light),
    normals: loaded.normals, series: loaded.series?.series, trend: loaded.trend,
    isAlert: ({ date }) => state.content.alertDates.has(date),
    onCursor: (index, isKey) => state.card?.showCursor(index, isKey), openMonth: state.actions.openMonth,
  };
}

/** Return whether what the chosen view draws is loaded; the series waits for nothing. */
export const isReady = (name = viewName()) => state.modules[name]
  && (name === "series" || VIEWS[name].every((resource) => resource in state.content.loaded));

/** Draw the view anew; one that still loads is drawn when it is loaded. */
export function draw() {
  if (!isReady()) return;
  for (const chart of state.drawing?.charts ?? []) chart.destroy();
  state.drawing = null;
  if (!state.content.readings.length) return;
  const isMap = viewName() === "map";
  byId("map").hidden = !isMap;
  if (!window.uPlot && !isMap) {
    byId("charts").textContent = translate("noChart");
    return;
  }
  const frame = buildFrame();
  byId("stage").dataset.view = viewName();
  byId("charts").hidden = !selectPoints(frame.points, frame.period).length;
  state.drawing = { ...state.modules[viewName()].drawView(byId(isMap ? "map" : "charts"), frame), frame };
  state.card?.showCard();
}

/** Show another period of the same readings. */
export function showPeriodInCharts(period) {
  const { from, to } = state.content.period;
  state.content.period = period;
  if (from !== period.from || to !== period.to) showPeriodInDrawing();
  else if (state.drawing) state.card?.showPeriod();
}

export function showPeriodInDrawing() {
  const { drawing, content: { period, points } } = state;
  if (!drawing?.showPeriod) {
    if (drawing) draw();
    return;
  }
  byId("charts").hidden = !selectPoints(points, period).length;
  drawing.showPeriod(period);
  state.card?.showPeriod();
}

/** Mark the dates above the threshold. */
export function markAlerts(alertDates) {
  if (!state.content) return;
  state.content.alertDates = alertDates;
  for (const chart of state.drawing?.charts ?? []) chart.redraw(false);
}

/** Fit the charts to the page or to paper; its colors are those of the light theme. */
export function fitCharts(isPrinting = state.printing) {
  const { printing, drawing } = state;
  state.printing = isPrinting;
  const width = frameWidth();
  if (drawing && (printing !== isPrinting || (width && width !== drawing.frame.width))) draw();
}

/** Draw the view Series: means over the usual range of the season, and deviations with the threshold. */
function drawMeans(box, frame) {
  const { dataset, points, normals, colors, width, isAlert } = frame;
  const boxes = ["mean", "deviation"].map((name) => createElement("div", { id: `chart-${name}`, class: "chart" }));
  box.replaceChildren(...boxes);
  const threshold = Number(dataset.threshold);
  const narrow = width < 500;
  const { buildBand, paintBand } = (normals && state.card) ?? {};
  let inSight = null;
  const look = () => {
    const scale = scaleOf(frame.period);
    const shown = selectPoints(points, frame.period);
    const dense = isDense(shown, width);
    // Lines go on to the neighbours, up to the edge.
    const near = points.slice(Math.max(findIndex(points, scale.min) - 1, 0), findIndex(points, scale.max + 1) + 1);
    const [times, means, deviations, upper, lower] = dense ? buildEnvelope(shown, dataset.gapDays, width)
      : buildColumns(near, dataset.gapDays);
    inSight = { points: shown, dense, scale, band: buildBand?.(normals, scale.min, scale.max) ?? [],
      data: [[times, means, upper, lower], [times, deviations, times.map(() => threshold)]] };
  };
  look();
  const x = { time: true, ...inSight.scale };
  const hidden = { stroke: "transparent", points: { show: false } };
  const setUp = (options) => buildOptions({ ...frame,
    onCursor: (time) => frame.onCursor(time === null ? null : findNearest(points, time).index) }, options);
  const paint = (list, valueOf, isMarked) => [(chart) => paintMarks(chart, list(), valueOf, isMarked, colors)];
  const options = [
    { height: narrow ? 230 : 320, axes: buildAxes(dataset.symbol, null, colors),
      scales: { x, y: { range: (_, least, most) => rangeWith(inSight.band, least, most) } },
      series: [{ stroke: colors.accent, width: 2, points: { show: false } }, hidden, hidden],
      bands: [{ series: [2, 3], fill: colors.spread }],
      hooks: { drawAxes: [(chart) => paintBand?.(chart, inSight.band, colors.normal)],
        draw: paint(() => inSight.points, ({ mean }) => mean, () => false) } },
    { height: narrow ? 130 : 160, axes: buildAxes(`± ${dataset.symbol}`, formatDates, colors),
      scales: { x, y: { range: (_, __, most) => [0, Math.max(most, threshold) * 1.15 || 1] } },
      series: [{ stroke: colors.accent, width: 1, fill: colors.spread, points: { show: false },
        paths: uPlot.paths.bars({ size: [0.6, 9, 3] }) }, { ...hidden, stroke: colors.limit, width: 2, dash: [6, 5] }],
      // On dense bars, doubt is marked above them only.
      hooks: { draw: paint(() => (inSight.dense ? inSight.points.filter(isAlert) : inSight.points),
        ({ deviation }) => deviation, isAlert) } },
  ];
  const charts = options.map((each, index) => createChart(setUp(each), inSight.data[index], boxes[index], frame));
  return {
    charts,
    look: () => inSight,
    showPeriod(period) {
      frame.period = period;
      look();
      charts.forEach((chart, index) => chart.batch(() => {
        chart.setData(inSight.data[index], false);
        chart.setScale("x", inSight.scale);
      }));
    },
  };
}
