// Sentences about months.

import { formatChange, formatMonth, translate } from "../text.js";

export const describeReasons = (reasons) => reasons.map(({ code, count, month }) =>
  translate(code, { count, days: count, month: formatMonth(month) })).join(" ");

export const describeYears = ({ difference, years }) =>
  translate("years", { difference: formatChange(difference), count: years });
