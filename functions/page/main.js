// Load the data of a dataset, show them for the chosen period, and keep the address in step.

import { drawCharts, fitCharts, markAlerts, readChoice, setUpCharts, showPeriodInCharts } from "./chart.js";
import { buildUrl, fetchJson } from "./client.js";
import { Section, addProblems, byId, createElement } from "./elements.js";
import { contains, containsMonth, listenToDates, movePeriod, openEnds, parsePeriod, resolveDates } from "./period.js";
import { DATASETS } from "./registry.js";
import { detectLanguage, getLanguage, setLanguage, translate } from "./text.js";

// What is chosen; null is an open end, or no month. `chart` is what the chart card shows.
const view = { dataset: null, from: null, to: null, month: null, chart: {} };
// What is loaded, each with its dataset.
const data = { readings: null, series: null, alerts: null };
// The modules in sections/, which the first chart does not need.
const modules = {};
const importModule = async (name) => {
  modules[name] ??= await import(`./sections/${name}.js`);
};
const fetchWith = (name, path) => async (signal) => (await Promise.all([
  fetchJson(buildUrl(path, { dataset: view.dataset.name }), signal), importModule(name)]))[0];

const sections = {
  readings: new Section(byId("readings"), (signal) => fetchJson(view.dataset.readings, signal), showReadings, showTitle),
  series: new Section(byId("months-card"), fetchWith("months", "/series"), showSeries),
  alerts: new Section(byId("alerts-card"), fetchWith("alerts", "/alerts"), showAlerts),
};

function loadDataset() {
  for (const name of Object.keys(data)) {
    data[name] = null;
    sections[name].load();
  }
  byId("dataset").value = view.dataset.name;
  importModule("heading").then(showFacts);
  importModule("uploads").then(() => modules.uploads.loadUploads(view.dataset));
}

function readAddress() {
  const parameters = new URLSearchParams(location.search);
  const name = parameters.get("dataset");
  view.dataset = DATASETS.find((dataset) => dataset.name === name) ?? DATASETS.find((dataset) => dataset.default);
  byId("notice").hidden = !name || name === view.dataset.name;
  byId("notice").firstElementChild.textContent = name;
  view.month = parameters.get("month");
  Object.assign(view.chart, readChoice(parameters));
  Object.assign(view, parsePeriod(parameters.get("from"), parameters.get("to"), seriesEnds()));
  setLanguage(parameters.get("lang") ?? detectLanguage());
}

function writeAddress(isNew = true) {
  const chosen = Object.entries({ ...view.chart, from: view.from, to: view.to, month: view.month }).filter(([, value]) => value);
  const address = buildUrl("/", { dataset: view.dataset.name, ...Object.fromEntries(chosen), lang: getLanguage() });
  if (address === location.pathname + location.search) return;
  history[isNew ? "pushState" : "replaceState"](null, "", address);
}

function seriesEnds() {
  const rows = data.readings?.dataset === view.dataset ? data.readings.rows : [];
  return { first: rows[0]?.date, last: rows.at(-1)?.date };
}
const shownDates = () => resolveDates(view, seriesEnds());
const alertDates = () => data.alerts?.dates ?? new Set();

function showReadings({ readings: rows }) {
  data.readings = { dataset: view.dataset, rows };
  showTitle();
  byId("empty").hidden = rows.length > 0;
  document.body.classList.toggle("empty", !rows.length);
  Object.assign(view, parsePeriod(view.from, view.to, seriesEnds()));
  drawReadings();
  showPeriod();
  writeAddress(false);
}

function drawReadings() {
  const { dataset, rows } = data.readings;
  if (!rows.length) return;
  drawCharts({ dataset, readings: rows, period: shownDates(), alertDates: alertDates() },
    (from, to) => changePeriod((_, ends) => (from === null ? movePeriod("all") : openEnds(from, to, ends))));
}

// Show what is loaded again, in the current language.
function showAll() {
  showTitle();
  if (data.readings) drawReadings();
  showPeriod();
  modules.uploads?.translateUploads();
}

function showTitle() {
  const title = view.dataset.title[getLanguage()];
  byId("title").textContent = title;
  document.title = `${title} · AquaSenseCloud`;
  byId("notice").lastElementChild.textContent = translate("unknownDataset", { title });
}

function showFacts() {
  if (!modules.heading) return;
  modules.heading.showSource(view.dataset);
  modules.heading.showLinks(view, shownDates());
  if (data.readings?.rows.length) modules.heading.showFacts(data.readings, data.alerts);
}

function showSeries({ series: rows }) {
  data.series = { dataset: view.dataset, rows: rows.map(modules.months.addId) };
  showMonths();
}

function showMonths() {
  if (!data.series) return;
  const dates = shownDates();
  modules.months.showMonths({ view, writeAddress, dataset: data.series.dataset, alertDates: alertDates(),
    rows: data.series.rows.filter(({ id }) => containsMonth(dates, id)) });
}

function showAlerts({ alerts: rows }) {
  const dates = rows.filter((alert) => alert.above_threshold).map(({ date }) => date);
  data.alerts = { dataset: view.dataset, rows, dates: new Set(dates) };
  if (data.readings) markAlerts(alertDates());
  showPeriod();
}

/** Show the period that a function returns for the dates shown and the ends of the series. */
function changePeriod(compute) {
  if (!data.readings?.rows.length) return;
  const { from, to } = compute(shownDates(), seriesEnds());
  Object.assign(view, parsePeriod(from, to, seriesEnds()));
  writeAddress();
  showPeriod();
}

function showPeriod() {
  byId("period-error").hidden = true;
  if (data.readings?.rows.length) showShownReadings();
  showFacts();
  showMonths();
  // An open end includes the alerts of removed readings, which may be outside the series.
  if (data.alerts) modules.alerts.showAlerts(data.alerts.dataset, data.alerts.rows.filter(({ date }) => contains(view, date)));
}

function showShownReadings() {
  const dates = shownDates();
  [byId("from").value, byId("to").value] = [dates.from, dates.to];
  showPeriodInCharts(dates);
}

byId("dataset").append(...DATASETS.map(({ name }) => createElement("option", { value: name }, name)));
byId("datasets").hidden = DATASETS.length < 2;
byId("dataset").addEventListener("change", (event) => {
  byId("notice").hidden = true;
  view.dataset = DATASETS.find(({ name }) => name === event.target.value);
  writeAddress();
  loadDataset();
});
listenToDates(byId("period"), [byId("from"), byId("to")], (from, to) => {
  if (from <= to) changePeriod(() => ({ from, to }));
  byId("period-error").hidden = from <= to;
}, () => data.readings && showPeriod());
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => changePeriod((dates, ends) => movePeriod(button.dataset.zoom, dates, ends)));
}
setUpCharts(view.chart, { writeAddress, openMonth: (month) => {
  if (data.series) import("./sections/detail.js").then(({ openMonth }) => openMonth(month));
} });
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    setLanguage(button.dataset.language);
    showAll();
    writeAddress(false);
  });
}
addEventListener("popstate", () => {
  const { dataset } = view;
  readAddress();
  if (view.dataset !== dataset) loadDataset();
  else showAll();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => data.readings && drawReadings());
matchMedia("print").addEventListener("change", (event) => fitCharts(event.matches));
new ResizeObserver(() => fitCharts()).observe(byId("charts"));

addProblems();
readAddress();
showTitle();
loadDataset();
