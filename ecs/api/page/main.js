// What the page loads, what it shows of it, and the address that shows the same again.

import { draw, resize } from "./chart.js";
import { byId, copy, element } from "./elements.js";
import { parse } from "./exact.js";
import * as span from "./span.js";
import { translated } from "./reasons.js";
import { FIGURES } from "./registry.js";
import { uploads } from "./uploads.js";
import * as views from "./views.js";
import { currentLanguage, day, number, preferredLanguage, text, threshold, useLanguage } from "./text.js";

const UPLOADS_SHOWN = 5;
const state = { datasets: [], dataset: null, readings: [], series: [], alerts: [], above: new Set(), uploads: [],
  chosen: { from: null, to: null }, month: null };

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

const json = async (path, values) => parse(await get(path, values));

async function load() {
  show("loading");
  try {
    const asked = new URLSearchParams(location.search);
    state.datasets = (await json("/datasets")).datasets;
    state.dataset = state.datasets.find((one) => one.name === asked.get("dataset"))
      ?? state.datasets.find((one) => one.default);
    const dataset = state.dataset.name;
    const [readings, series, alerts, last] = await Promise.all([
      json("/readings", { dataset }), json("/series", { dataset }), json("/alerts", { dataset }),
      // Of every series: a file that names none by mistake is one to be told about.
      json("/uploads", { limit: UPLOADS_SHOWN })]);
    state.readings = readings.readings;
    state.series = series.series;
    state.alerts = alerts.alerts;
    state.above = new Set(state.alerts.filter((one) => one.above_threshold).map((one) => one.date));
    state.uploads = await Promise.all(last.uploads.map((one) => json(`/uploads/${one.id}`)));
    state.chosen = span.choice(asked.get("from"), asked.get("to"), ends());
    await present(asked.get("month"));
  } catch (error) {
    failed(error);
  }
}

function failed(error) {
  byId("error").replaceChildren(element("p", { class: "card bad" }, `${text("error")} `,
    element("span", { lang: "en" }, error.message), " ",
    element("button", { type: "button", onclick: load }, text("retry"))));
  show("error");
}

function show(id) {
  for (const name of ["loading", "error", "empty", "content"]) byId(name).hidden = name !== id;
}

async function present(month) {
  heading();
  uploads(state.uploads);
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
  byId("source").replaceChildren(`${text("source")}: `, data(dataset.source),
    `. ${text("licence")}: `, data(dataset.licence), `. ${text("asInFiles")}`);
  byId("dataset").replaceChildren(...state.datasets.map((one) =>
    element("option", { value: one.name, selected: one === dataset }, one.name)));
  byId("datasets").hidden = state.datasets.length < 2;
}

// What only the service's own language has is marked as such, for who hears the page.
const data = (said) => translated(said) ?? element("span", { lang: "en" }, said);

const ends = () => ({ first: state.readings[0]?.date, last: state.readings.at(-1)?.date });
const dates = () => span.datesOf(state.chosen, ends());

function zoom({ from, to }) {
  state.chosen = span.choice(from, to, ends());
  render();
}

function render() {
  const { dataset } = state;
  const { from, to } = dates();
  const shown = state.readings.filter((one) => one.date >= from && one.date <= to);
  byId("from").value = from;
  byId("to").value = to;
  byId("period-error").hidden = true;
  draw(state.readings, dataset, { from, to }, state.above,
    (first, last) => zoom(span.reaching(first, last, ends())));
  describe(shown);
  const months = state.series.filter((one) =>
    views.nameOf(one) >= from.slice(0, 7) && views.nameOf(one) <= to.slice(0, 7));
  views.months(state, months, open);
  // Of a date that lost its only reading as well, be it after the last there is.
  const alerts = state.alerts.filter(({ date }) =>
    date >= (state.chosen.from ?? date) && date <= (state.chosen.to ?? date));
  views.alerts(state, alerts);
  links();
}

function describe(shown) {
  const { dataset } = state;
  const { from, to } = dates();
  const period = { from: day(from), to: day(to) };
  const limit = `${threshold(dataset.threshold)} ${dataset.symbol}`;
  byId("shown").textContent = text(shown.length ? "shown" : "noneShown", { count: shown.length, ...period });
  byId("key-threshold").textContent = text("keyThreshold", { value: limit });
  const least = best(shown, (one, other) => one < other);
  const most = best(shown, (one, other) => one > other);
  byId("chart-mean").setAttribute("aria-label", text("chartMean", { ...period, least: number(least), most: number(most) }));
  byId("chart-deviation").setAttribute("aria-label", text("chartDeviation", { ...period, value: limit,
    count: shown.filter((one) => state.above.has(one.date)).length }));
}

const best = (shown, better) => shown.reduce((found, { mean }) =>
  (found === null || better(Number(mean), Number(found)) ? mean : found), null);

// Every link leads to exactly what is shown; an end that is open here is open there.
function links() {
  const { dataset, month, chosen } = state;
  const limits = Object.fromEntries(Object.entries(chosen).filter(([, date]) => date));
  const months = Object.fromEntries(Object.entries(limits).map(([end, date]) => [end, date.slice(0, 7)]));
  const shown = { dataset: dataset.name, ...limits };
  const csv = (path, values) => `${path}?${new URLSearchParams({ ...values, format: "csv" })}`;
  byId("csv").href = csv("/readings", shown);
  const { from, to } = dates();
  byId("csv").download = `${[dataset.name, ...(chosen.from || chosen.to ? [from, to] : [])].join("_")}.csv`;
  byId("months-csv").href = csv("/series", { ...shown, ...months });
  byId("alerts-csv").href = csv("/alerts", shown);
  const address = new URLSearchParams({ ...shown, ...(month ? { month } : {}), lang: currentLanguage() });
  history.replaceState(null, "", `/?${address}`);
  byId("python").textContent = 'import pandas as pd; readings = pd.read_csv('
    + `"${location.origin}${csv("/readings", shown)}", parse_dates=["date"])`;
}

async function open(month, focus = true) {
  const row = state.series.find((one) => views.nameOf(one) === month);
  const values = { month: row.month, year: row.year, dataset: state.dataset.name };
  try {
    const answers = Object.fromEntries(await Promise.all(FIGURES.map(
      async ({ name }) => [name, await json(`/${name}`, { ...values, explain: 1 })])));
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

byId("period").addEventListener("change", () => {
  const [from, to] = [byId("from").value, byId("to").value];
  const wrong = !from || !to || from > to;
  byId("period-error").hidden = !wrong;
  byId("period-error").textContent = wrong ? text("badPeriod") : "";
  if (!wrong) zoom({ from, to });
});
byId("period").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => zoom(span.step(button.dataset.zoom, dates(), ends())));
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

views.monthsHead();
useLanguage(new URLSearchParams(location.search).get("lang") ?? preferredLanguage());
load();
