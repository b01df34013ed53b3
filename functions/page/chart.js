// The chart card: the chosen view and its data, its key, and the reading at the cursor.
//
// The module of a view exports drawView(box, frame). It returns uPlot's charts, keys(), texts() for screen
// readers, note(), range() of the items that the arrow keys step through, describeItem(), moveCursor() and
// monthOf() of an item, and showPeriod() if it can show another period without being drawn anew.

import * as meansView from "./charts/means.js";
import { parseReadings, selectPoints } from "./charts/readings.js";
import { showItem, showWords } from "./charts/words.js";
import { buildUrl, fetchJson } from "./client.js";
import { Section, byId, createElement } from "./elements.js";
import { listenToKeys, readColors } from "./plot.js";
import { listenToTabs, selectTab } from "./charts/tabs.js";
import { FIGURES } from "./registry.js";
import { translate } from "./text.js";

// Width of the charts on paper, in CSS pixels.
const PAPER_WIDTH = 660;
// The views, with what each draws besides the readings.
const VIEWS = {
  series: ["normals"], years: ["normals"], anomalies: ["normals", "series", "trend"], map: ["normals", "series"],
};
const PARAMETERS = { normals: {}, series: {}, trend: { metric: FIGURES[0].name } };
const modules = { series: meansView };
const state = { choice: null, actions: null, content: null, drawing: null, overview: null, printing: false, current: null };
const section = new Section(byId("view"), fetchView, showView);
const frameWidth = () => (state.printing ? PAPER_WIDTH : byId("stage").clientWidth);

/** Return the view in the address, null for Series, and the year in Year by year. */
export function readChoice(parameters) {
  const [view, year] = [parameters.get("view"), parameters.get("year")];
  return { view: view !== "series" && Object.hasOwn(VIEWS, view) ? view : null,
    year: view === "years" && /^\d{4}$/.test(year) ? year : null };
}

/**
 * Connect the card's controls.
 *
 * @param choice object with view and year, which the card changes
 * @param actions writeAddress, and openMonth: function of a month as 2022-12
 */
export function setUpCharts(choice, actions) {
  Object.assign(state, { choice, actions });
  listenToTabs(byId("views"), (name) => {
    Object.assign(choice, { view: name === "series" ? null : name, year: null });
    actions.writeAddress();
    loadView();
  });
  byId("year").addEventListener("change", ({ target }) => {
    choice.year = target.value;
    actions.writeAddress();
    draw();
  });
  byId("png").addEventListener("click", savePicture);
  listenToKeys(byId("charts"), () => ({ first: 0, last: -1, ...state.drawing?.range(), current: state.current }), (index) => {
    state.drawing.moveCursor(index);
    showCursor(index, true);
  }, (index) => actions.openMonth(state.drawing.monthOf(index)));
}

const viewName = () => state.choice.view ?? "series";

/**
 * Draw the chosen view.
 *
 * @param content readings in order of date, dataset, period as two dates, and alertDates: the dates
 *   above the threshold, as the service compares them, because doubles cannot always tell
 * @param onZoom function of the two dates of a selection; null for all
 */
export function drawCharts({ readings, ...content }, onZoom) {
  const { content: last } = state;
  const isSame = last?.readings === readings;
  state.content = { ...content, readings, onZoom, points: isSame ? last.points : parseReadings(readings),
    loaded: isSame ? last.loaded : {} };
  loadView();
}

function loadView() {
  selectTab(byId("views"), byId("view"), viewName());
  if (!state.content) return;
  const isLoaded = modules[viewName()] && VIEWS[viewName()].every((name) => name in state.content.loaded);
  // The readings wait for nothing.
  if (isLoaded || viewName() === "series") draw();
  if (!isLoaded) section.load(viewName(), state.content);
  else section.cancel();
}

async function fetchView(signal, name, { dataset, loaded }) {
  const missing = VIEWS[name].filter((resource) => !(resource in loaded));
  const [module, ...bodies] = await Promise.all([modules[name] ?? import(`./charts/views/${name}.js`),
    ...missing.map((resource) => fetchJson(buildUrl(`/${resource}`, { dataset: dataset.name, ...PARAMETERS[resource] }), signal))]);
  modules[name] = module;
  return missing.map((resource, index) => [resource, bodies[index]]);
}

function showView(entries, name, { loaded }) {
  Object.assign(loaded, Object.fromEntries(entries));
  draw();
}

function buildFrame(light, width = frameWidth()) {
  const { loaded: { normals, series, trend }, ...content } = state.content;
  return {
    ...content, width, year: state.choice.year, colors: readColors(light),
    normals, series: series?.series, trend,
    isAlert: ({ date }) => state.content.alertDates.has(date),
    onCursor: (index) => showCursor(index), openMonth: state.actions.openMonth,
  };
}

function draw() {
  destroy();
  if (!state.content.readings.length) return;
  const isMap = viewName() === "map";
  byId("map").hidden = !isMap;
  if (!window.uPlot && !isMap) {
    byId("charts").textContent = translate("noChart");
    return;
  }
  state.drawing = modules[viewName()].drawView(byId(isMap ? "map" : "charts"), buildFrame(state.printing));
  const { years, year } = state.drawing;
  byId("year-choice").hidden = !years;
  if (years) {
    byId("year").replaceChildren(...years.toReversed().map((name) => createElement("option", { value: name }, name)));
    byId("year").value = year;
  }
  drawStrip();
  describeView();
}

function destroy() {
  for (const chart of state.drawing?.charts ?? []) chart.destroy();
  state.overview?.destroy();
  Object.assign(state, { drawing: null, overview: null, current: null });
}

// The strip is below views over time. It is drawn after them.
async function drawStrip() {
  const { drawing } = state;
  byId("overview").hidden = !["series", "anomalies"].includes(viewName());
  if (byId("overview").hidden) return;
  const { drawOverview } = await import("./charts/views/overview.js");
  if (drawing !== state.drawing) return;
  state.overview = drawOverview(byId("overview"), { ...buildFrame(state.printing),
    onPreview: (from, to) => state.drawing.showPeriod?.({ from, to }),
    onZoom: (...dates) => (dates.length ? state.content.onZoom(...dates) : showPeriodInDrawing()) });
}

/** Show another period of the same readings. */
export function showPeriodInCharts(period) {
  const { from, to } = state.content.period;
  state.content.period = period;
  if (!state.drawing) return;
  if (from === period.from && to === period.to) describeView();
  else showPeriodInDrawing();
}

function showPeriodInDrawing() {
  const { drawing, overview, content: { period } } = state;
  if (!drawing.showPeriod) {
    draw();
    return;
  }
  drawing.showPeriod(period);
  overview?.showPeriod(period);
  describeView();
}

/** Mark the dates above the threshold. */
export function markAlerts(alertDates) {
  if (!state.content) return;
  state.content.alertDates = alertDates;
  state.drawing?.redraw?.();
}

/** Fit the charts to the page or to paper; its colors are those of the light theme. */
export function fitCharts(isPrinting = state.printing) {
  const [{ printing }, last] = [state, state.drawing?.charts[0]?.width];
  state.printing = isPrinting;
  if (state.drawing && (printing !== isPrinting || (frameWidth() && last && last !== frameWidth()))) draw();
}

function showCursor(index, isKey = false) {
  state.current = index;
  showItem(state.drawing, index, isKey);
}

function describeView() {
  const { drawing, content: { period, points, loaded } } = state;
  const count = selectPoints(points, period).length;
  byId("charts").hidden = !count || viewName() === "map";
  showWords(drawing, period, count, loaded.normals);
  showCursor(null);
}

async function savePicture() {
  if (!state.drawing) return;
  const { savePicture: save } = await import("./charts/views/picture.js");
  await save(viewName(), modules[viewName()].drawView, buildFrame(true, Math.max(frameWidth(), PAPER_WIDTH)));
}
