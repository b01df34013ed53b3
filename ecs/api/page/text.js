// The page's texts in both languages, and the formats of numbers and dates. The texts about a figure
// come from the service's registry.

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
    date: "Date", mean: "Mean", deviation: "Deviation", announced: "Announced",
    notAnnounced: "not announced", retracted: "retracted",
    uploads: "Last uploads", noUploads: "No uploads yet.", incorporated: "incorporated",
    rejected: "rejected", withdrawn: "withdrawn", nothingAccepted: "no readings accepted",
    newReadings: "{count} new", changedReadings: "{count} changed", unchangedReadings: "{count} the same",
    duplicated: { one: "1 date is repeated: its last line counts", other: "{count} dates are repeated: their last line counts" },
    scale: "its deviations are {times} times the usual: another unit, or a lost decimal point?",
    rejectedLines: { one: "1 line rejected", other: "{count} lines rejected" },
    flaggedReadings: { one: "1 reading looks wrong", other: "{count} readings look wrong" },
    andMore: "and {count} more", changedMonths: "Months it changed ({count})",
    python: "In Python, one line", pythonHint: "The period shown above, as a table. R, Excel and curl: see docs/recipes.md.",
    readingsBehind: "The readings behind it", file: "File", line: "Line",
    uploaded: "Uploaded", close: "Close",
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
    date: "Fecha", mean: "Media", deviation: "Desviación", announced: "Avisada",
    notAnnounced: "no avisada", retracted: "retirada",
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
    readingsBehind: "Las lecturas en que se basa", file: "Fichero", line: "Línea",
    uploaded: "Subido", close: "Cerrar",
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
// The visitor's locale for dates and numbers, if it is of this language.
let locale = "en";

export function setLanguage(name) {
  language = name in TEXTS ? name : "en";
  locale = navigator.languages.find((tag) => tag.toLowerCase().startsWith(language)) ?? language;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = translate(element.dataset.text);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", translate(element.dataset.label));
    element.title = translate(element.dataset.label);
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
}

export const getLanguage = () => language;

export const detectLanguage = () =>
  navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((name) => name in TEXTS) ??
  "en";

/** Return a text with its values filled in, in the plural form of `count` if it has several. */
export function translate(name, values = {}) {
  const forms = TEXTS[language][name];
  const template = typeof forms === "string" ? forms
    : forms[new Intl.PluralRules(language).select(values.count)] ?? forms.other;
  return template.replace(/\{(\w+)\}/g, (_, key) =>
    (typeof values[key] === "number" ? formatNumber(values[key], 0) : String(values[key])));
}

// From here on numbers are written with an exponent. No measurement is as large, but a file without
// its decimal points has such values, and they would not fit the page.
const LONG = 1e9;
export const isLong = (value) => Math.abs(Number(value)) >= LONG;

function format(value, options) {
  if (value === null || value === undefined) return "–";
  return new Intl.NumberFormat(locale, isLong(value)
    ? { notation: "scientific", maximumFractionDigits: 3 } : options).format(value);
}

// Intl rounds a text as the decimal it is, not as the nearest double.
export const formatNumber = (value, minimum = 2, maximum = minimum) =>
  format(value, { minimumFractionDigits: minimum, maximumFractionDigits: maximum });
export const formatChange = (value) => format(value,
  { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "exceptZero" });
// Readings are compared with the threshold, so it is never rounded.
export const formatThreshold = (value) => formatNumber(value, 2, 20);
/** Return a value with enough decimals, two or more, to tell it from another value. */
export function formatDistinct(value, other) {
  const decimals = [2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18, 20]
    .find((count) => formatNumber(value, 2, count) !== formatNumber(other, 2, count));
  return decimals ? formatNumber(value, 2, decimals) : formatExact(value);
}
// A label of an axis, which has little room.
export const formatTick = (value, decimals) => (Math.abs(value) < 1e5 ? formatNumber(value, decimals)
  : new Intl.NumberFormat(locale, { notation: "scientific", maximumFractionDigits: 2 }).format(value));

/** Return every digit of a value, with the decimal separator of the locale. */
export const formatExact = (value) => value.replace(".",
  new Intl.NumberFormat(locale).formatToParts(0.5).find((part) => part.type === "decimal").value);

const createDateFormat = (options) => (iso) =>
  new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(new Date(iso));

export const formatDate = createDateFormat({ day: "numeric", month: "short", year: "numeric" });
export const formatDay = createDateFormat({ day: "numeric", month: "short" });
export const formatMonth = (month) => createDateFormat({ month: "long", year: "numeric" })(`${month}-01`);
export const formatShortMonth = (month) => createDateFormat({ month: "short", year: "numeric" })(`${month}-01`);
export const formatMonthName = createDateFormat({ month: "short" });
export const formatTime = (iso) => new Intl.DateTimeFormat(locale, {
  dateStyle: "medium", timeStyle: "short",
}).format(new Date(iso));
