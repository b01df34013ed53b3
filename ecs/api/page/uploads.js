// What became of the last uploads: did my file go in, what did it change, what is wrong with it?

import { badge, byId, element } from "./elements.js";
import { same } from "./exact.js";
import { flags, reason } from "./reasons.js";
import { FIGURES } from "./registry.js";
import { day, distinct, moment, monthName, number, text } from "./text.js";

// Of the readings that look wrong; the receipt has more of them.
const FLAGGED_SHOWN = 20;

export function uploads(list) {
  const none = () => [element("li", { class: "quiet" }, text("noUploads"))];
  byId("uploads").replaceChildren(...(list.length ? list.map(upload) : none()));
  // Without readings, what became of the files is all there is to tell.
  byId("empty-uploads").replaceChildren(...list.map(upload));
}

function upload(one) {
  const said = [moment(one.uploaded_at), ...outcome(one)];
  return element("li", {},
    element("strong", {}, one.file), " ", ...status(one).flatMap((each) => [each, " "]),
    element("div", { class: "quiet" }, `${said.join(" · ")} · `,
      element("a", { href: `/uploads/${one.id}`, "aria-label": `JSON ${one.file}` }, "JSON")),
    rejections(one), flagged(one), months(one));
}

function status(one) {
  const found = one.status === "rejected" ? badge("bad", text("rejected"))
    // The file could be read, and yet there was nothing in it to keep.
    : one.accepted === 0 ? badge("bad", text("nothingAccepted"))
    : badge("good", text("incorporated"));
  return [
    one.withdrawn_at ? badge("limit", text("withdrawn")) : found,
    one.looks_wrong || one.scale ? badge("bad", text("flagged")) : null,
  ].filter(Boolean);
}

function outcome(one) {
  if (one.status === "rejected") return [reason(one.code, one.reason)];
  // What nothing went in of changed nothing, which its badge says.
  const counts = one.accepted ? ["new", "changed", "unchanged"] : [];
  return [
    counts.map((name) => text(`${name}Readings`, { count: one[name] })).join(", "),
    one.duplicated ? text("duplicated", { count: one.duplicated }) : "",
    one.scale ? text("scale", { times: number(one.scale, 0, 1) }) : "",
  ].filter(Boolean);
}

const folded = (summary, kind, items, left = 0) => element("details", { class: kind },
  element("summary", {}, summary),
  element("ul", {}, items, left > 0 ? element("li", { class: "quiet" }, text("andMore", { count: left })) : null));

function rejections(one) {
  if (!one.rejected) return null;
  const lines = one.rejections.map((line) => element("li", {},
    `${text("line")} ${line.line}: `, line.text ? [element("code", {}, line.text), " · "] : null,
    reason(line.code, line.reason)));
  return folded(text("rejectedLines", { count: one.rejected }), "rejections", lines, one.rejected - lines.length);
}

function flagged(one) {
  if (!one.looks_wrong) return null;
  const found = Object.entries(one.flagged).slice(0, FLAGGED_SHOWN)
    .map(([date, names]) => element("li", {}, `${day(date)}: ${flags(names)}`));
  return folded(text("flaggedReadings", { count: one.looks_wrong }), "flagged", found, one.looks_wrong - found.length);
}

function months(one) {
  const changed = one.months.map(monthChange).filter(Boolean);
  return changed.length
    ? folded(text("changedMonths", { count: changed.length }), "months", changed) : null;
}

function monthChange(month) {
  const { before, after } = month;
  const parts = FIGURES
    .map(({ name }) => [name, before?.[name] ?? null, after?.[name] ?? null])
    .filter(([, was, is]) => !same(was, is))
    .map(([name, was, is]) => `${text(`${name}.title`)} ${distinct(was, is)} → ${distinct(is, was)}`);
  const [was, is] = [before?.readings ?? 0, after?.readings ?? 0];
  if (was !== is) parts.push(`${text("readingsLabel")} ${number(was, 0)} → ${number(is, 0)}`);
  return parts.length ? element("li", {}, `${monthName(month.month)}: ${parts.join("; ")}`) : null;
}
