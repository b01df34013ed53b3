// What the page says, in both languages, and how it writes numbers and dates. The words about a
// figure come from the service's registry.

import { FIGURES } from "./registry.js";

const TEXTS = {
  en: {
    skip: "Skip to the content", docs: "API", language: "Language", dataset: "Series",
    loading: "Loading…", emptyTitle: "There are no data yet",
    emptyText: "As soon as a CSV file is put into the bucket, its readings appear here.",
    series: "Series", from: "From", to: "To", back: "Earlier", forward: "Later",
    zoomIn: "Zoom in", zoomOut: "Zoom out", all: "All",
    keyMean: "Mean", keySpread: "Mean ± deviation", keyAlert: "Above the threshold",
    keyThreshold: "Threshold of the deviation: {value}",
    shown: { one: "1 reading shown, {from} to {to}.", other: "{count} readings shown, {from} to {to}." }, noneShown: "No readings from {from} to {to}.",
    csv: "Download CSV", copyLink: "Copy link", copied: "Copied", copy: "Copy",
    months: "Months", monthsCsv: "CSV of the months", month: "Month",
    otherYears: "Against other years",
    completeness: "Coverage", readings: { one: "1 reading", other: "{count} readings" }, readingsLabel: "Readings",
    gap: "gaps up to {days} d", incomplete: "incomplete", alert: "alert", flagged: "looks wrong",
    noReadings: "no readings", noReadingsMonths: "no readings in {count} months",
    years: { one: "{difference} (1 year)", other: "{difference} ({count} years)" },
    few_readings: { one: "{month} has only 1 reading.", other: "{month} has only {count} readings." },
    days_without: "{month} has {count} days in a row without a reading.",
    no_readings: "{month} has no readings.", notComparable: "Not comparable",
    incomparable: "Not comparable: this month or the one before has too few readings, or too many days in a row without one. The month says which.",
    alerts: "Alerts", noAlerts: "No reading is above the threshold of {value}.",
    date: "Date", mean: "Mean", deviation: "Deviation", told: "Announced",
    notTold: "not announced", retracted: "retracted",
    uploads: "Last uploads", noUploads: "No uploads yet.", incorporated: "incorporated",
    rejected: "rejected", withdrawn: "withdrawn", nothingAccepted: "no readings accepted",
    newReadings: "{count} new", changedReadings: "{count} changed", unchangedReadings: "{count} the same",
    duplicated: { one: "1 date is repeated: its last line counts", other: "{count} dates are repeated: their last line counts" },
    scale: "its deviations are {times} times the usual: another unit, or a lost decimal point?",
    rejectedLines: { one: "1 line rejected", other: "{count} lines rejected" },
    flaggedReadings: { one: "1 reading looks wrong", other: "{count} readings look wrong" },
    andMore: "and {count} more", changedMonths: "Months it changed ({count})",
    python: "In Python, one line", pythonHint: "The period shown above, as a table. R, Excel and curl: see docs/recipes.md.",
    detailOf: "{month}", readingsBehind: "The readings behind it", file: "File", line: "Line",
    uploaded: "Uploaded", definition: "Definition {version}", close: "Close",
    latest: "Latest reading, {date}", count: "Readings since {date}", above: "Above {value}",
    lastUpload: "Last upload", error: "The data could not be loaded.",
    retry: "Try again", badPeriod: "The first date must not be after the last.",
    chartMean: "Chart of the means with their deviation, {from} to {to}; lowest {least}, highest {most}. The table of the months has the figures.",
    chartDeviation: "Chart of the deviations, {from} to {to}; {count} above the threshold of {value}.",
    source: "Source", licence: "Licence", asInFiles: "Values as in the files; no figure is rounded before it is worked out.",
    noChart: "The chart's library is not built in (tools/libraries); the tables are complete.",
  },
  es: {
    skip: "Ir al contenido", docs: "API", language: "Idioma", dataset: "Serie",
    loading: "Cargando…", emptyTitle: "Todavía no hay datos",
    emptyText: "En cuanto se suba un fichero CSV al depósito, sus lecturas aparecerán aquí.",
    series: "Serie", from: "Desde", to: "Hasta", back: "Antes", forward: "Después",
    zoomIn: "Acercar", zoomOut: "Alejar", all: "Todo",
    keyMean: "Media", keySpread: "Media ± desviación", keyAlert: "Por encima del umbral",
    keyThreshold: "Umbral de la desviación: {value}",
    shown: { one: "Se muestra 1 lectura, del {from} al {to}.", other: "Se muestran {count} lecturas, del {from} al {to}." }, noneShown: "No hay lecturas del {from} al {to}.",
    csv: "Descargar CSV", copyLink: "Copiar enlace", copied: "Copiado", copy: "Copiar",
    months: "Meses", monthsCsv: "CSV de los meses", month: "Mes",
    otherYears: "Frente a otros años",
    completeness: "Cobertura", readings: { one: "1 lectura", other: "{count} lecturas" }, readingsLabel: "Lecturas",
    gap: "huecos de hasta {days} d", incomplete: "incompleto", alert: "alerta", flagged: "dudoso",
    noReadings: "sin lecturas", noReadingsMonths: "sin lecturas en {count} meses",
    years: { one: "{difference} (1 año)", other: "{difference} ({count} años)" },
    few_readings: { one: "{month} solo tiene 1 lectura.", other: "{month} solo tiene {count} lecturas." },
    days_without: "{month} tiene {count} días seguidos sin lectura.",
    no_readings: "{month} no tiene lecturas.", notComparable: "No comparable",
    incomparable: "No comparable: este mes o el anterior tiene muy pocas lecturas, o demasiados días seguidos sin ninguna. Al abrir el mes se ve cuál.",
    alerts: "Alertas", noAlerts: "Ninguna lectura supera el umbral de {value}.",
    date: "Fecha", mean: "Media", deviation: "Desviación", told: "Avisada",
    notTold: "no avisada", retracted: "retirada",
    uploads: "Últimas subidas", noUploads: "Aún no hay subidas.", incorporated: "incorporado",
    rejected: "rechazado", withdrawn: "retirado", nothingAccepted: "sin lecturas aceptadas",
    newReadings: { one: "1 nueva", other: "{count} nuevas" },
    changedReadings: { one: "1 cambiada", other: "{count} cambiadas" },
    unchangedReadings: { one: "1 igual", other: "{count} iguales" },
    duplicated: { one: "1 fecha repetida: cuenta su última línea", other: "{count} fechas repetidas: cuenta su última línea" },
    scale: "sus desviaciones son {times} veces las habituales: ¿otra unidad o una coma decimal perdida?",
    rejectedLines: { one: "1 línea rechazada", other: "{count} líneas rechazadas" },
    flaggedReadings: { one: "1 lectura dudosa", other: "{count} lecturas dudosas" },
    andMore: "y {count} más", changedMonths: "Meses que cambió ({count})",
    python: "En Python, una línea", pythonHint: "El periodo mostrado arriba, como tabla. R, Excel y curl: véase docs/recipes.md.",
    detailOf: "{month}", readingsBehind: "Las lecturas en que se basa", file: "Fichero", line: "Línea",
    uploaded: "Subido", definition: "Definición {version}", close: "Cerrar",
    latest: "Última lectura, {date}", count: "Lecturas desde el {date}", above: "Por encima de {value}",
    lastUpload: "Última subida", error: "No se han podido cargar los datos.",
    retry: "Reintentar", badPeriod: "La primera fecha no puede ser posterior a la última.",
    chartMean: "Gráfica de las medias con su desviación, del {from} al {to}; mínimo {least}, máximo {most}. La tabla de los meses contiene las cifras.",
    chartDeviation: "Gráfica de las desviaciones, del {from} al {to}; {count} por encima del umbral de {value}.",
    source: "Fuente", licence: "Licencia", asInFiles: "Valores como en los ficheros; ninguna cifra se redondea antes de calcularse.",
    noChart: "La biblioteca de la gráfica no está incluida (tools/libraries); las tablas están completas.",
  },
};

for (const [name, texts] of Object.entries(TEXTS)) {
  for (const figure of FIGURES) {
    texts[`${figure.name}.title`] = figure.title[name];
    texts[`${figure.name}.shortTitle`] = figure.shortTitle[name];
    texts[`${figure.name}.summary`] = figure.summary[name];
  }
}

let language = "en";
// The visitor's own way of writing dates and numbers, where it is of that language.
let locale = "en";

export function useLanguage(name) {
  language = name in TEXTS ? name : "en";
  locale = navigator.languages.find((one) => one.toLowerCase().startsWith(language)) ?? language;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", text(element.dataset.label));
    element.title = text(element.dataset.label);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

export const currentLanguage = () => language;

export const preferredLanguage = () =>
  navigator.languages.map((name) => name.slice(0, 2).toLowerCase()).find((name) => name in TEXTS) ??
  "en";

// A text that has forms is said in the one that `count` asks for.
export function text(name, values = {}) {
  const said = TEXTS[language][name];
  const form = typeof said === "string" ? said
    : said[new Intl.PluralRules(language).select(values.count)] ?? said.other;
  return form.replace(/\{(\w+)\}/g, (_, key) =>
    (typeof values[key] === "number" ? number(values[key], 0) : String(values[key])));
}

// A number of more digits than this is written with an exponent: nothing measured is as large, but
// a file in which the decimal point was lost is, and it must not push everything else out of sight.
const LONG = 1e9;
export const isLong = (value) => Math.abs(Number(value)) >= LONG;

function formatted(value, options) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(locale, isLong(value)
    ? { notation: "scientific", maximumFractionDigits: 3 } : options).format(value);
}

// Texts are rounded as the decimals they are, not as the doubles next to them.
export const number = (value, least = 2, most = least) =>
  formatted(value, { minimumFractionDigits: least, maximumFractionDigits: most });
export const signed = (value) => formatted(value,
  { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
// A threshold is what is compared with: never rounded.
export const threshold = (value) => number(value, 2, 20);
// As many decimals as tell a value from another one, two at the least.
export function distinct(value, other) {
  const enough = [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20]
    .find((places) => number(value, 2, places) !== number(other, 2, places));
  return enough ? number(value, 2, enough) : exact(value);
}
// A mark of an axis, where there is little room.
export const mark = (value, digits) => (Math.abs(value) < 1e5 ? number(value, digits)
  : new Intl.NumberFormat(locale, { notation: "scientific", maximumFractionDigits: 2 }).format(value));

// Every digit of the answer; only the point is the visitor's own.
export const exact = (value) => value.replace(".",
  new Intl.NumberFormat(locale).formatToParts(0.5).find((part) => part.type === "decimal").value);

const written = (options) => (iso) =>
  new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(new Date(iso));

export const day = written({ day: "numeric", month: "short", year: "numeric" });
export const monthName = (iso) => written({ month: "long", year: "numeric" })(`${iso}-01`);
export const dayMonth = written({ day: "numeric", month: "short" });
export const shortMonth = (iso) => written({ month: "short", year: "numeric" })(`${iso}-01`);
export const moment = (iso) => new Intl.DateTimeFormat(locale, {
  dateStyle: "medium", timeStyle: "short",
}).format(new Date(iso));

export const monthNames = () => [...Array(12).keys()].map((month) =>
  new Intl.DateTimeFormat(locale, { month: "short", timeZone: "UTC" }).format(Date.UTC(2000, month)));
