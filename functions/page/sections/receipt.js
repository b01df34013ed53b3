// One upload: its outcome, the lines rejected, the readings flagged, its notes and the months changed.

import { createElement } from "../elements.js";
import { FIGURES } from "../registry.js";
import { describeFlags, formatDate, formatDistinct, formatMonth, formatNumber, formatTime, translate } from "../text.js";
import { createBadge } from "./cells.js";
import { equalDecimals } from "./decimals.js";
import { describeReason } from "./reasons.js";
import "./texts.js";

// The receipt lists more flagged readings than the page.
const FLAGGED_SHOWN = 20;
// The share of rejected lines above which a file is marked as bad.
const REJECTED_SHARE = 0.1;

/** Return the item of an upload with its receipt, from /uploads?receipts=1. */
export const createItem = (upload) => createElement("li", {},
  // A name may contain characters that reorder the text after it.
  createElement("strong", {}, createElement("bdi", {}, upload.file)), " ",
  createBadges(upload).flatMap((badge) => [badge, " "]),
  createElement("div", { class: "quiet" },
    createElement("bdi", {}, [formatTime(upload.uploaded_at), ...describeOutcome(upload)].join(" · ")), " · ",
    createElement("a", { href: `/uploads/${upload.id}`, "aria-label": `JSON ${upload.file}` }, "JSON")),
  [listRejections(upload), listFlagged(upload), listNotes(upload), listMonths(upload)]);

const createBadges = (upload) => [
  upload.withdrawn_at ? createBadge("limit", translate("withdrawn")) : createStatus(upload),
  upload.looks_wrong || upload.scale ? createBadge("bad", translate("flagged")) : null,
].filter(Boolean);

function createStatus({ status, accepted, duplicated, rejected: count }) {
  if (status === "rejected") return createBadge("bad", translate("rejected"));
  // A readable file without an accepted line.
  if (accepted === 0) return createBadge("bad", translate("nothingAccepted"));
  if (!count) return createBadge("good", translate("incorporated"));
  const lines = accepted + duplicated + count;
  return createBadge(count > lines * REJECTED_SHARE ? "bad" : "limit", translate("partly", { count, lines }));
}

function describeOutcome(upload) {
  if (upload.status === "rejected") return [describeReason(upload)];
  // Without accepted lines nothing changed, and the badge says so. A series that is no longer
  // configured has no impact.
  const counts = upload.accepted && "new" in upload ? ["new", "changed", "unchanged"] : [];
  return [
    counts.map((name) => translate(`${name}Readings`, { count: upload[name] })).join(", "),
    upload.duplicated ? translate("duplicated", { count: upload.duplicated }) : "",
    upload.scale ? translate("scale", { times: formatNumber(upload.scale, 0, 1) }) : "",
  ].filter(Boolean);
}

const createDetails = (summary, kind, items, remaining = 0) => createElement("details", { class: kind },
  createElement("summary", {}, summary),
  createElement("ul", {}, items,
    remaining > 0 ? createElement("li", { class: "quiet" }, translate("andMore", { count: remaining })) : null));

// The most frequent reason first.
function listRejections({ rejected, rejections, rejections_not_listed: remaining }) {
  if (!rejected) return null;
  const reasons = [...Map.groupBy(rejections, describeReason)].sort(([, a], [, b]) => b.length - a.length);
  return createDetails(translate("rejectedLines", { count: rejected }), "rejections", reasons.map(([reason, lines]) =>
    createElement("li", {}, createElement("span", {}, `${translate("onLines", { count: lines.length, lines: joinLines(lines) })}: `),
      createElement("bdi", {}, reason))), remaining);
}

/** Return the numbers of lines in order, with ranges: 2–5, 8. */
export function joinLines(lines) {
  const ranges = [];
  for (const { line } of lines) {
    if (ranges.at(-1)?.at(-1) === line - 1) ranges.at(-1)[1] = line;
    else ranges.push([line]);
  }
  return ranges.map((range) => range.join("–")).join(", ");
}

function listNotes({ notes }) {
  const formatValue = ([name, value]) => [name, /^\d{4}-\d\d-\d\d$/.test(value) ? formatDate(value) : value];
  const items = notes.map(({ code, parameters }) => createElement("li", { "data-note": code },
    translate(`note.${code}`, Object.fromEntries(Object.entries(parameters).map(formatValue)))));
  return items.length ? createDetails(translate("notes", { count: items.length }), "notes", items) : null;
}

function listFlagged(receipt) {
  if (!receipt.looks_wrong) return null;
  const readings = Object.entries(receipt.flagged).slice(0, FLAGGED_SHOWN)
    .map(([date, flags]) => createElement("li", {}, `${formatDate(date)}: ${describeFlags(flags)}`));
  return createDetails(translate("flaggedReadings", { count: receipt.looks_wrong }), "flagged", readings,
    receipt.looks_wrong - readings.length);
}

function listMonths({ months: changed = [] }) {
  const months = changed.map(describeChange).filter(Boolean);
  return months.length
    ? createDetails(translate("changedMonths", { count: months.length }), "months", months) : null;
}

function describeChange(month) {
  const { before, after } = month;
  const changes = FIGURES
    .map(({ name }) => [name, before?.[name] ?? null, after?.[name] ?? null])
    .filter(([, previous, current]) => !equalDecimals(previous, current))
    .map(([name, previous, current]) => `${translate(`${name}.title`)} `
      + `${formatDistinct(previous, current)} → ${formatDistinct(current, previous)}`);
  const [previous, current] = [before?.readings ?? 0, after?.readings ?? 0];
  if (previous !== current) {
    changes.push(`${translate("readingsLabel")} ${formatNumber(previous, 0)} → ${formatNumber(current, 0)}`);
  }
  return changes.length ? createElement("li", {}, `${formatMonth(month.month)}: ${changes.join("; ")}`) : null;
}
