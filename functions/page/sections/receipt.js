// One upload: its outcome, the lines rejected, the readings flagged and the months changed.

import { createElement } from "../elements.js";
import { FIGURES } from "../registry.js";
import { describeFlags, formatDate, formatDistinct, formatMonth, formatNumber, formatTime, translate } from "../text.js";
import { createBadge } from "./cells.js";
import { equalDecimals } from "./decimals.js";
import { describeReason } from "./reasons.js";

// The receipt lists more flagged readings than the page.
const FLAGGED_SHOWN = 20;
// The share of rejected lines above which a file is marked as bad.
const REJECTED_SHARE = 0.1;

export const createItem = (problem) => createElement("li", {}, createElement("div", { class: "content" }),
  createElement("div", { class: "problem", role: "alert", hidden: true }, ...problem));

/** Fill an item with an entry of /uploads and, when it is loaded, the receipt. */
export function fillItem(element, upload, receipt) {
  const outcome = [formatTime(upload.uploaded_at), ...describeOutcome(upload, receipt)];
  element.querySelector(".content").replaceChildren(
    // A name may contain characters that reorder the text after it.
    createElement("strong", {}, createElement("bdi", {}, upload.file)), " ",
    ...createBadges(upload, receipt).flatMap((badge) => [badge, " "]),
    createElement("div", { class: "quiet" }, createElement("bdi", {}, outcome.join(" · ")), " · ",
      createElement("a", { href: `/uploads/${upload.id}`, "aria-label": `JSON ${upload.file}` }, "JSON")),
    ...(receipt ? [listRejections(receipt), listFlagged(receipt), listMonths(receipt)].filter(Boolean) : []));
  for (const text of element.querySelectorAll("[data-text]")) text.textContent = translate(text.dataset.text);
}

function createBadges(upload, receipt) {
  return [
    upload.withdrawn_at ? createBadge("limit", translate("withdrawn")) : createStatus(upload),
    receipt?.looks_wrong || receipt?.scale ? createBadge("bad", translate("flagged")) : null,
  ].filter(Boolean);
}

function createStatus({ status, accepted, duplicated, rejected: count }) {
  if (status === "rejected") return createBadge("bad", translate("rejected"));
  // A readable file without an accepted line.
  if (accepted === 0) return createBadge("bad", translate("nothingAccepted"));
  if (!count) return createBadge("good", translate("incorporated"));
  const lines = accepted + duplicated + count;
  return createBadge(count > lines * REJECTED_SHARE ? "bad" : "limit", translate("partly", { count, lines }));
}

function describeOutcome(upload, receipt) {
  if (upload.status === "rejected") return [describeReason(upload)];
  if (!receipt) return [];
  // Without accepted lines nothing changed, and the badge says so.
  const counts = receipt.accepted ? ["new", "changed", "unchanged"] : [];
  return [
    counts.map((name) => translate(`${name}Readings`, { count: receipt[name] })).join(", "),
    receipt.duplicated ? translate("duplicated", { count: receipt.duplicated }) : "",
    receipt.scale ? translate("scale", { times: formatNumber(receipt.scale, 0, 1) }) : "",
  ].filter(Boolean);
}

const createDetails = (summary, kind, items, remaining = 0) => createElement("details", { class: kind },
  createElement("summary", {}, summary),
  createElement("ul", {}, items,
    remaining > 0 ? createElement("li", { class: "quiet" }, translate("andMore", { count: remaining })) : null));

function listRejections(receipt) {
  if (!receipt.rejected) return null;
  const lines = receipt.rejections.map((line) => createElement("li", {},
    `${translate("line")} ${line.line}: `, describeReason(line)));
  return createDetails(translate("rejectedLines", { count: receipt.rejected }), "rejections", lines,
    receipt.rejected - lines.length);
}

function listFlagged(receipt) {
  if (!receipt.looks_wrong) return null;
  const readings = Object.entries(receipt.flagged).slice(0, FLAGGED_SHOWN)
    .map(([date, flags]) => createElement("li", {}, `${formatDate(date)}: ${describeFlags(flags)}`));
  return createDetails(translate("flaggedReadings", { count: receipt.looks_wrong }), "flagged", readings,
    receipt.looks_wrong - readings.length);
}

function listMonths(receipt) {
  const months = receipt.months.map(describeChange).filter(Boolean);
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
