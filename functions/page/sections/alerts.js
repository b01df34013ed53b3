// The alerts of the period.

import { byId, createElement } from "../elements.js";
import { formatDate, formatThreshold, formatTime, translate } from "../text.js";
import { createBadge, createDistinct, createNumber, createTable } from "./cells.js";

export function showAlerts(dataset, alerts) {
  if (!alerts.length) {
    byId("alerts").replaceChildren(createElement("p", { class: "quiet" },
      translate("noAlerts", { value: `${formatThreshold(dataset.threshold)} ${dataset.symbol}` })));
    return;
  }
  // The newest first, as in the other lists.
  const rows = [...alerts].reverse().map((alert) => [
    formatDate(alert.date), createDistinct(alert.deviation, dataset.threshold), createNumber(alert.mean),
    alert.above_threshold ? describeAnnouncement(alert.announced) : createBadge("limit", translate("retracted"))]);
  byId("alerts").replaceChildren(createTable([[translate("date")],
    [translate("deviation"), "number", dataset.symbol], [translate("mean"), "number", dataset.symbol],
    [translate("announced")]], rows, translate("alerts")));
}

function describeAnnouncement(announced) {
  if (!announced) return translate("notAnnounced");
  return formatTime(announced.at ?? parseEventTime(announced.by));
}

// The time that an event id begins with.
const parseEventTime = (id) => id.replace(
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d+Z).*/, "$1-$2-$3T$4:$5:$6");
