// The controls of the chart card, the data of its views, and the words around them.

import { PAPER_WIDTH, VIEWS, buildFrame, draw, frameWidth, isReady, showPeriodInDrawing, state, viewName } from "../chart.js";
import { buildUrl, fetchJson } from "../client.js";
import { Section, byId, createElement } from "../elements.js";
import { selectPoints } from "../period.js";
import { FIGURES } from "../registry.js";
import { addTexts } from "../text.js";
import { listenToKeys, listenToTabs, selectTab } from "./controls.js";
import { drawOverview } from "./overview.js";
import { CHART_TEXTS } from "./texts.js";
import { describeMeans, showItem, showWords } from "./words.js";

export { buildBand, paintBand } from "./draw.js";

const PARAMETERS = { normals: {}, series: {}, trend: { metric: FIGURES[0].name } };
const section = new Section(byId("view"), fetchView, showView);
let overview = null;
// The item at the cursor.
let current = null;

addTexts(CHART_TEXTS);

/** Load what the chosen view still needs, and draw it unless it is drawn. */
export function loadView(isDrawn = false) {
  const name = viewName();
  selectTab(byId("views"), byId("view"), name);
  if (!state.content) return;
  if (!isDrawn) draw();
  if (!isReady() || !state.content.loaded.normals) {
    section.load(name, state.content);
    return;
  }
  section.cancel();
  // What another view lacked.
  byId("view").classList.remove("failed");
  byId("view").querySelector(".problem").hidden = true;
}

async function fetchView(signal, name, { dataset, loaded }) {
  const missing = VIEWS[name].filter((resource) => !(resource in loaded));
  const [module, ...bodies] = await Promise.all([state.modules[name] ?? import(`./${name}.js`),
    ...missing.map((resource) => fetchJson(buildUrl(`/${resource}`, { dataset: dataset.name, ...PARAMETERS[resource] }), signal))]);
  state.modules[name] = module;
  return missing.map((resource, index) => [resource, bodies[index]]);
}

function showView(entries, name, { loaded }) {
  Object.assign(loaded, Object.fromEntries(entries));
  draw();
}

/** Show what surrounds a new drawing: the year's choice, the strip and the words. */
export function showCard() {
  const { drawing } = state;
  if (viewName() === "series") Object.assign(drawing, describeMeans(drawing, drawing.frame));
  byId("year-choice").hidden = !drawing.years;
  byId("year").replaceChildren(...(drawing.years ?? []).toReversed().map((name) => createElement("option", { value: name }, name)));
  byId("year").value = drawing.year;
  drawStrip();
  showPeriod();
}

// The strip is below views over time.
function drawStrip() {
  overview?.destroy();
  overview = null;
  byId("overview").hidden = !["series", "anomalies"].includes(viewName()) || state.content.points.length < 2;
  if (byId("overview").hidden) return;
  overview = drawOverview(byId("overview"), { ...buildFrame(),
    onPreview: (from, to) => state.drawing.showPeriod?.({ from, to }),
    onZoom: (...dates) => (dates.length ? state.content.onZoom(...dates) : showPeriodInDrawing()) });
}

/** Show the period in the strip and in words. */
export function showPeriod() {
  const { period, points, loaded } = state.content;
  overview?.showPeriod(period);
  showWords(state.drawing, period, selectPoints(points, period).length, loaded.normals);
  showCursor(null);
}

export function showCursor(index, isKey = false) {
  current = index;
  showItem(state.drawing, index, isKey);
}

function choose(choice) {
  Object.assign(state.choice, choice);
  state.actions.writeAddress();
}

async function savePicture() {
  if (!state.drawing || !isReady()) return;
  const picture = await import("./picture.js");
  picture.savePicture(viewName(), state.modules[viewName()].drawView, buildFrame(true, Math.max(frameWidth(), PAPER_WIDTH)),
    state.drawing.keys());
}

listenToTabs(byId("views"), (name) => {
  choose({ view: name === "series" ? null : name, year: null });
  loadView();
});
byId("year").addEventListener("change", ({ target }) => {
  choose({ year: target.value });
  draw();
});
byId("png").addEventListener("click", savePicture);
listenToKeys(byId("charts"), () => ({ first: 0, last: -1, ...state.drawing?.range(), current }), (index) => {
  state.drawing.moveCursor(index);
  showCursor(index, true);
}, (index) => state.actions.openMonth(state.drawing.monthOf(index)));
