// The last uploads: the outcome, the lines rejected, the readings flagged and the months changed.

import { equalDecimals } from "./decimals.js";
import { byId, createBadge, createElement } from "./elements.js";
import { describeFlags, describeReason } from "./reasons.js";
import { FIGURES } from "./registry.js";
import { formatDate, formatDistinct, formatMonth, formatNumber, formatTime, translate } from "./text.js";

// The receipt lists more flagged readings than the page.
const FLAGGED_SHOWN = 20;

export function showUploads(receipts) {
  const items = receipts.map(createItem);
  const none = createElement("li", { class: "quiet" }, translate("noUploads"));
  byId("uploads").replaceChildren(...(items.length ? items : [none]));
  // Without readings, only the uploads are shown.
  byId("empty-uploads").replaceChildren(...receipts.map(createItem));
}

function createItem(receipt) {
  const outcome = [formatTime(receipt.uploaded_at), ...describeOutcome(receipt)];
  return createElement("li", {},
    createElement("strong", {}, receipt.file), " ", ...createBadges(receipt).flatMap((badge) => [badge, " "]),
    createElement("div", { class: "quiet" }, `${outcome.join(" · ")} · `,
      createElement("a", { href: `/uploads/${receipt.id}`, "aria-label": `JSON ${receipt.file}` }, "JSON")),
    listRejections(receipt), listFlagged(receipt), listMonths(receipt));
}

function createBadges(receipt) {
  const status = receipt.status === "rejected" ? createBadge("bad", translate("rejected"))
    // A readable file without an accepted line.
    : receipt.accepted === 0 ? createBadge("bad", translate("nothingAccepted"))
    : createBadge("good", translate("incorporated"));
  return [
    receipt.withdrawn_at ? createBadge("limit", translate("withdrawn")) : status,
    receipt.looks_wrong || receipt.scale ? createBadge("bad", translate("flagged")) : null,
  ].filter(Boolean);
}

function describeOutcome(receipt) {
  if (receipt.status === "rejected") return [describeReason(receipt)];
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
