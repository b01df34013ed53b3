// Load the data, show them for the chosen period, and keep the address in step.

import { drawCharts, resizeCharts } from "./chart.js";
import { fetchJson } from "./client.js";
import { byId, copyText, createElement } from "./elements.js";
import { movePeriod, openEnds, parsePeriod, resolveDates } from "./period.js";
import { FIGURES } from "./registry.js";
import { detectLanguage, formatDate, formatNumber, formatThreshold, getLanguage, setLanguage, translate } from "./text.js";
import { showUploads } from "./uploads.js";
import * as views from "./views.js";

const UPLOADS_SHOWN = 5;
const state = { datasets: [], dataset: null, readings: [], series: [], alerts: [], alertDates: new Set(),
  uploads: [], period: { from: null, to: null }, month: null };

async function loadData() {
  showSection("loading");
  try {
    const parameters = new URLSearchParams(location.search);
    state.datasets = (await fetchJson("/datasets")).datasets;
    state.dataset = state.datasets.find(({ name }) => name === parameters.get("dataset"))
      ?? state.datasets.find((dataset) => dataset.default);
    const dataset = state.dataset.name;
    const [readings, series, alerts, uploads] = await Promise.all([
      fetchJson("/readings", { dataset }), fetchJson("/series", { dataset }), fetchJson("/alerts", { dataset }),
      // Of every dataset, because a file with an unknown dataset must be seen as well.
      fetchJson("/uploads", { limit: UPLOADS_SHOWN })]);
    state.readings = readings.readings;
    state.series = series.series;
    state.alerts = alerts.alerts;
    state.alertDates = new Set(state.alerts.filter((alert) => alert.above_threshold).map(({ date }) => date));
    state.uploads = await Promise.all(uploads.uploads.map(({ id }) => fetchJson(`/uploads/${id}`)));
    state.period = parsePeriod(parameters.get("from"), parameters.get("to"), seriesEnds());
    await showData(parameters.get("month"));
  } catch (error) {
    showError(error);
  }
}

function showError(error) {
  byId("error").replaceChildren(createElement("p", { class: "card bad" }, `${translate("error")} `,
    createElement("span", { lang: "en" }, error.message), " ",
    createElement("button", { type: "button", onclick: loadData }, translate("retry"))));
  showSection("error");
}

function showSection(id) {
  for (const name of ["loading", "error", "empty", "content"]) byId(name).hidden = name !== id;
}

async function showData(month) {
  views.showHeading(state);
  showUploads(state.uploads);
  if (!state.readings.length) {
    showSection("empty");
    return;
  }
  showSection("content");
  views.showFacts(state);
  showPeriod();
  const row = state.series.find((candidate) => views.monthOf(candidate) === month && candidate.coverage);
  if (row) await openMonth(month, false);
  else closeMonth();
}

const seriesEnds = () => ({ first: state.readings[0]?.date, last: state.readings.at(-1)?.date });
const shownDates = () => resolveDates(state.period, seriesEnds());

function setPeriod({ from, to }) {
  state.period = parsePeriod(from, to, seriesEnds());
  showPeriod();
}

function showPeriod() {
  const { from, to } = shownDates();
  byId("from").value = from;
  byId("to").value = to;
  byId("period-error").hidden = true;
  drawCharts(state.readings, state.dataset, { from, to }, state.alertDates,
    (first, last) => setPeriod(openEnds(first, last, seriesEnds())));
  describeCharts(state.readings.filter(({ date }) => date >= from && date <= to));
  views.showMonths(state, state.series.filter((row) =>
    views.monthOf(row) >= from.slice(0, 7) && views.monthOf(row) <= to.slice(0, 7)), openMonth);
  // An open end includes the alerts of removed readings, which may be outside the series.
  const { period } = state;
  views.showAlerts(state, state.alerts.filter(({ date }) =>
    date >= (period.from ?? date) && date <= (period.to ?? date)));
  updateLinks();
}

function describeCharts(readings) {
  const { dataset } = state;
  const { from, to } = shownDates();
  const period = { from: formatDate(from), to: formatDate(to) };
  const value = `${formatThreshold(dataset.threshold)} ${dataset.symbol}`;
  byId("shown").textContent = translate(readings.length ? "shown" : "noneShown", { count: readings.length, ...period });
  byId("key-threshold").textContent = translate("keyThreshold", { value });
  const means = readings.map(({ mean }) => mean).sort((a, b) => a - b);
  byId("chart-mean").setAttribute("aria-label", translate("chartMean",
    { ...period, least: formatNumber(means[0]), most: formatNumber(means.at(-1)) }));
  byId("chart-deviation").setAttribute("aria-label", translate("chartDeviation",
    { ...period, value, count: readings.filter(({ date }) => state.alertDates.has(date)).length }));
}

// Every link leads to exactly the data shown; an open end stays open.
function updateLinks() {
  const { dataset, month, period } = state;
  const dates = Object.fromEntries(Object.entries(period).filter(([, date]) => date));
  const months = Object.fromEntries(Object.entries(dates).map(([end, date]) => [end, date.slice(0, 7)]));
  const parameters = { dataset: dataset.name, ...dates };
  const csv = (path, values) => `${path}?${new URLSearchParams({ ...values, format: "csv" })}`;
  byId("csv").href = csv("/readings", parameters);
  const { from, to } = shownDates();
  byId("csv").download = `${[dataset.name, ...(period.from || period.to ? [from, to] : [])].join("_")}.csv`;
  byId("months-csv").href = csv("/series", { ...parameters, ...months });
  byId("alerts-csv").href = csv("/alerts", parameters);
  const address = new URLSearchParams({ ...parameters, ...(month ? { month } : {}), lang: getLanguage() });
  history.replaceState(null, "", `/?${address}`);
  byId("python").textContent = 'import pandas as pd; readings = pd.read_csv('
    + `"${location.origin}${csv("/readings", parameters)}", parse_dates=["date"])`;
}

async function openMonth(month, focus = true) {
  const row = state.series.find((candidate) => views.monthOf(candidate) === month);
  const parameters = { month: row.month, year: row.year, dataset: state.dataset.name, explain: 1 };
  try {
    const figures = Object.fromEntries(await Promise.all(FIGURES.map(
      async ({ name }) => [name, await fetchJson(`/${name}`, parameters)])));
    state.month = month;
    views.showDetail(state, row, figures, closeMonth);
  } catch (error) {
    showError(error);
    return;
  }
  byId("detail").hidden = false;
  markMonth();
  if (focus) {
    byId("detail").focus({ preventScroll: true });
    byId("detail").scrollIntoView({ block: "nearest" });
  }
}

function closeMonth() {
  const opener = state.month && document.querySelector(`[data-month="${state.month}"]`);
  state.month = null;
  byId("detail").hidden = true;
  markMonth();
  opener?.focus();
}

function markMonth() {
  for (const button of document.querySelectorAll("[data-month]")) {
    button.closest("tr").toggleAttribute("aria-current", false);
    if (button.dataset.month === state.month) button.closest("tr").setAttribute("aria-current", "true");
  }
  updateLinks();
}

byId("period").addEventListener("change", () => {
  const [from, to] = [byId("from").value, byId("to").value];
  const invalid = !from || !to || from > to;
  byId("period-error").hidden = !invalid;
  byId("period-error").textContent = invalid ? translate("badPeriod") : "";
  if (!invalid) setPeriod({ from, to });
});
byId("period").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => setPeriod(movePeriod(button.dataset.zoom, shownDates(), seriesEnds())));
}
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    setLanguage(button.dataset.language);
    if (state.dataset) showData(state.month);
  });
}
byId("dataset").addEventListener("change", (event) => {
  history.replaceState(null, "", `/?${new URLSearchParams({ dataset: event.target.value, lang: getLanguage() })}`);
  loadData();
});
byId("copy-link").addEventListener("click", () => copyText(location.href, translate("copied")));
byId("copy-python").addEventListener("click", () => copyText(byId("python").textContent, translate("copied")));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.readings.length && showPeriod());
new ResizeObserver(resizeCharts).observe(byId("chart-mean"));

views.addFigureColumns();
setLanguage(new URLSearchParams(location.search).get("lang") ?? detectLanguage());
loadData();
