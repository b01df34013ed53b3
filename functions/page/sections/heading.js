// The facts at the top of the page, its links, and the origin of the data at its end.

import { announce, byId, createElement } from "../elements.js";
import { buildUrl } from "../client.js";
import { describeFlags, formatAge, formatDate, formatNumber, formatThreshold, getLanguage, translate } from "../text.js";
import { createBadge } from "./cells.js";
import { isDoubtful, loadComparison } from "./comparison.js";
import "./texts.js";

export function showFacts({ dataset, rows }, alerts) {
  const counted = rows.filter(({ review }) => review?.verdict !== "bad");
  loadComparison(dataset, counted);
  const waiting = rows.filter(isDoubtful).length;
  const unit = ` ${dataset.symbol}`;
  const above = createFact(alerts ? formatNumber(alerts.dates.size, 0) : "…",
    translate("above", { value: formatThreshold(dataset.threshold) + unit }), describeAlerts(alerts));
  above.classList.toggle("alerting", alerts?.dates.size > 0);
  byId("facts").replaceChildren(createLatest(counted.at(-1), dataset), byId("comparison"),
    createFact(formatNumber(rows.length, 0), translate("count", { date: formatDate(rows[0].date) })),
    above, createFact(formatNumber(waiting, 0), translate("toReview", { count: waiting })));
}

const createFact = (value, label, ...notes) =>
  createElement("li", {}, createElement("b", {}, value), createElement("span", {}, label), ...notes);

function createLatest(reading, { symbol, gapDays }) {
  if (!reading) return createFact("–", "");
  const { date, mean, deviation, flags } = reading;
  const isOld = Date.now() - Date.parse(date) > gapDays * 86_400_000;
  return createFact(`${formatNumber(mean)} ± ${formatNumber(deviation)} ${symbol}`,
    translate("latest", { date: formatDate(date), age: formatAge(date) }),
    isOld ? [" ", createBadge("limit", translate("notCurrent"))] : null,
    isDoubtful(reading) ? [" ", createBadge("bad", translate("flagged"), describeFlags(flags))] : null);
}

function describeAlerts(alerts) {
  if (!alerts?.dates.size) return null;
  const open = alerts.rows.filter(({ date }) => alerts.dates.has(date));
  const count = open.filter(({ announced }) => !announced).length;
  return createElement("small", {}, translate("latestAlert", { date: formatDate(open.at(-1).date) }),
    count ? `; ${translate("unannounced", { count })}` : null);
}

export function showSource({ name, standardName, unit, source, licence }) {
  byId("summary").textContent = `${name} · ${standardName} · ${unit}`;
  byId("source").replaceChildren(`${translate("source")}: `, createMetadata(source),
    `. ${translate("licence")}: `, createMetadata(licence), `. ${translate("asInFiles")}`);
}

/** Lead every link to exactly the data of the period; an open end stays open. */
export function showLinks(view, { from, to }) {
  const { dataset } = view;
  const dates = Object.fromEntries(["from", "to"].filter((end) => view[end]).map((end) => [end, view[end]]));
  const months = Object.fromEntries(Object.entries(dates).map(([end, date]) => [end, date.slice(0, 7)]));
  const buildCsv = (path, period) => buildUrl(path, { dataset: dataset.name, ...period, format: "csv" });
  byId("csv").href = buildCsv("/readings", dates);
  byId("csv").download = `${[dataset.name, ...(view.from || view.to ? [from, to] : [])].filter(Boolean).join("_")}.csv`;
  byId("months-csv").href = buildCsv("/series", months);
  byId("alerts-csv").href = buildCsv("/alerts", dates);
  byId("python").textContent = "import pandas as pd; readings = pd.read_csv("
    + `"${location.origin}${buildCsv("/readings", dates)}", parse_dates=["date"])`;
}

async function copyText(value) {
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    // Without HTTPS a page has no clipboard.
    window.prompt(translate("copied"), value);
    return;
  }
  announce(translate("copied"));
}

// The usual texts of functions/datasets.toml, which are in English only.
const METADATA = {
  es: [
    [/^not stated\b.*ask before/i, "no indicada por quien facilita los datos; pregunte antes de volver a publicar las lecturas"],
    [/^not stated/i, "no consta"],
    [/^Weekly survey of the Mar Menor \(Murcia, Spain\): mean and standard deviation over its stations$/,
      "muestreo semanal del Mar Menor (Murcia): media y desviación típica de sus estaciones"],
  ],
};

// A text of a dataset in the visitor's language, or null without a translation.
const translateMetadata = (text) => (getLanguage() === "en" ? text
  : METADATA[getLanguage()].find(([pattern]) => pattern.test(text))?.[1] ?? null);

// Text without a translation is marked as English, for screen readers.
const createMetadata = (text) => translateMetadata(text) ?? createElement("span", { lang: "en" }, text);

byId("copy-link").addEventListener("click", () => copyText(location.href));
byId("copy-python").addEventListener("click", () => copyText(byId("python").textContent));
