// What the page loads, what it shows of it, and the address that shows the same again.

import { draw, isoDay, resize, seconds } from "./chart.js";
import { byId, copy, element } from "./elements.js";
import * as views from "./views.js";
import { currentLanguage, day, number, preferredLanguage, text, useLanguage } from "./text.js";

const UPLOADS_SHOWN = 5;
const DAY = 86400;
const state = { datasets: [], dataset: null, readings: [], series: [], alerts: [], uploads: [],
  from: null, to: null, month: null };

async function get(path, values = {}) {
  const answer = await fetch(`${path}?${new URLSearchParams(values)}`, { headers: { Accept: "application/json" } });
  const content = await answer.text();
  if (!answer.ok) throw new Error(problem(answer, content));
  return content;
}

function problem(answer, content) {
  try {
    return JSON.parse(content).detail;
  } catch {
    return `${answer.status} ${answer.statusText}`;
  }
}

const json = async (path, values) => JSON.parse(await get(path, values));

async function load() {
  show("loading");
  try {
    const asked = new URLSearchParams(location.search);
    state.datasets = (await json("/datasets")).datasets;
    state.dataset = state.datasets.find((one) => one.name === asked.get("dataset"))
      ?? state.datasets.find((one) => one.default);
    const dataset = state.dataset.name;
    const [readings, series, alerts, uploads] = await Promise.all([
      json("/readings", { dataset }), json("/series", { dataset }), json("/alerts", { dataset }),
      // Of every series: a file that names none by mistake is one to be told about.
      json("/uploads", { limit: UPLOADS_SHOWN })]);
    state.readings = readings.readings;
    state.series = series.series;
    state.alerts = alerts.alerts;
    state.uploads = await Promise.all(uploads.uploads.map((one) => json(`/uploads/${one.id}`)));
    period(asked.get("from"), asked.get("to"));
    await present(asked.get("month"));
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  byId("error").replaceChildren(element("p", { class: "card bad" }, `${text("error")} ${error.message} `,
    element("button", { type: "button", onclick: load }, text("retry"))));
  show("error");
}

function show(id) {
  for (const name of ["loading", "error", "empty", "content"]) byId(name).hidden = name !== id;
}

async function present(month) {
  heading();
  views.uploads(state.uploads);
  if (!state.readings.length) {
    show("empty");
    return;
  }
  show("content");
  views.facts(state, state.uploads);
  render();
  const row = state.series.find((one) => views.nameOf(one) === month && one.coverage);
  if (row) await open(month, false);
  else close();
}

function heading() {
  const { dataset } = state;
  const spanish = currentLanguage() === "es";
  byId("title").textContent = (spanish && dataset.title_es) || dataset.title;
  document.title = `${byId("title").textContent} · AquaSenseCloud`;
  byId("summary").textContent = `${dataset.name} · ${dataset.standard_name} · ${dataset.unit}`;
  byId("source").textContent = text("source", dataset);
  byId("dataset").replaceChildren(...state.datasets.map((one) =>
    element("option", { value: one.name, selected: one === dataset }, one.name)));
  byId("datasets").hidden = state.datasets.length < 2;
}

// The period shown: as asked for where that makes sense, else everything.
function period(from, to) {
  const [first, last] = [state.readings[0]?.date, state.readings.at(-1)?.date];
  const usable = (value) => /^\d{4}-\d\d-\d\d$/.test(value ?? "") && !Number.isNaN(seconds(value));
  state.from = usable(from) ? from : first;
  state.to = usable(to) ? to : last;
  if (state.from > state.to) [state.from, state.to] = [first, last];
}

function zoom(from, to) {
  period(from, to);
  render();
}

function render() {
  const { dataset, from, to } = state;
  const shown = state.readings.filter((one) => one.date >= from && one.date <= to);
  byId("from").value = from;
  byId("to").value = to;
  byId("period-error").hidden = true;
  draw(state.readings, dataset, { from, to }, zoom);
  describe(shown);
  const months = state.series.filter((one) =>
    views.nameOf(one) >= from.slice(0, 7) && views.nameOf(one) <= to.slice(0, 7));
  views.months(state, months, open);
  const alerts = state.alerts.filter((one) => one.date >= from && one.date <= to);
  views.alerts(state, alerts);
  links();
}

function describe(shown) {
  const { dataset } = state;
  const span = { from: day(state.from), to: day(state.to) };
  const limit = `${number(dataset.threshold)} ${dataset.symbol}`;
  byId("shown").textContent = text(shown.length ? "shown" : "noneShown", { count: shown.length, ...span });
  byId("key-threshold").textContent = text("keyThreshold", { value: limit });
  const means = shown.map((one) => one.mean);
  byId("chart-mean").setAttribute("aria-label", text("chartMean", { ...span,
    least: means.length ? number(Math.min(...means)) : "–", most: means.length ? number(Math.max(...means)) : "–" }));
  byId("chart-deviation").setAttribute("aria-label", text("chartDeviation", { ...span, value: limit,
    count: shown.filter((one) => one.deviation > dataset.threshold).length }));
}

// Every link leads to exactly what is shown.
function links() {
  const { dataset, from, to, month } = state;
  const span = { dataset: dataset.name, from, to };
  const csv = (path, values) => `${path}?${new URLSearchParams({ ...values, format: "csv" })}`;
  byId("csv").href = csv("/readings", span);
  byId("csv").download = `${dataset.name}_${from}_${to}.csv`;
  byId("months-csv").href = csv("/series", { ...span, from: from.slice(0, 7), to: to.slice(0, 7) });
  byId("alerts-csv").href = csv("/alerts", span);
  const address = new URLSearchParams({ ...span, ...(month ? { month } : {}), lang: currentLanguage() });
  history.replaceState(null, "", `/?${address}`);
  byId("python").textContent = 'import pandas as pd; readings = pd.read_csv('
    + `"${location.origin}${csv("/readings", span)}", parse_dates=["date"])`;
}

async function open(month, focus = true) {
  const row = state.series.find((one) => views.nameOf(one) === month);
  const values = { month: row.month, year: row.year, dataset: state.dataset.name };
  try {
    const texts = await Promise.all(["temp", "sd", "maxdiff"].map(async (metric) =>
      [metric, await get(`/${metric}`, { ...values, explain: 1 })]));
    const answers = Object.fromEntries(texts.map(([metric, content]) =>
      [metric, { text: /"value": ([^,}]+)/.exec(content)[1] }]));
    answers.rows = JSON.parse(texts[0][1]).rows;
    state.month = month;
    views.detail(state, row, answers, close);
  } catch (error) {
    failed(error);
    return;
  }
  byId("detail").hidden = false;
  mark();
  if (focus) {
    byId("detail").focus({ preventScroll: true });
    byId("detail").scrollIntoView({ block: "nearest" });
  }
}

function close() {
  const opener = state.month && document.querySelector(`[data-month="${state.month}"]`);
  state.month = null;
  byId("detail").hidden = true;
  mark();
  opener?.focus();
}

function mark() {
  for (const button of document.querySelectorAll("[data-month]")) {
    button.closest("tr").toggleAttribute("aria-current", false);
    if (button.dataset.month === state.month) button.closest("tr").setAttribute("aria-current", "true");
  }
  links();
}

function step(kind) {
  const [from, to] = [seconds(state.from), seconds(state.to)];
  const width = Math.max(to - from, 14 * DAY);
  const by = { back: [-0.5, -0.5], forward: [0.5, 0.5], in: [0.25, -0.25], out: [-0.5, 0.5] }[kind];
  if (!by) return zoom(null, null);
  const [first, last] = [seconds(state.readings[0].date), seconds(state.readings.at(-1).date)];
  const kept = (time) => isoDay(Math.min(Math.max(time, first), last));
  return zoom(kept(from + by[0] * width), kept(to + by[1] * width));
}

byId("period").addEventListener("change", () => {
  const [from, to] = [byId("from").value, byId("to").value];
  const wrong = !from || !to || from > to;
  byId("period-error").hidden = !wrong;
  byId("period-error").textContent = wrong ? text("badPeriod") : "";
  if (!wrong) zoom(from, to);
});
byId("period").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => step(button.dataset.zoom));
}
for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => {
    useLanguage(button.dataset.language);
    if (state.dataset) present(state.month);
  });
}
byId("dataset").addEventListener("change", (event) => {
  history.replaceState(null, "", `/?${new URLSearchParams({ dataset: event.target.value, lang: currentLanguage() })}`);
  load();
});
byId("copy-link").addEventListener("click", () => copy(location.href, text("copied")));
byId("copy-python").addEventListener("click", () => copy(byId("python").textContent, text("copied")));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => state.readings.length && render());
new ResizeObserver(resize).observe(byId("chart-mean"));

useLanguage(new URLSearchParams(location.search).get("lang") ?? preferredLanguage());
load();
