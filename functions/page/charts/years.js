// The view Year by year: the readings of one year over those of the others and the usual range.

import { createElement } from "../elements.js";
import { DAY, buildColumns, findNearest, selectPoints, toIsoDate, toSeconds } from "../period.js";
import { buildAxes, buildOptions, createChart, paintMarks, rangeWith } from "../plot.js";
import { formatMonthName, formatNumber, translate } from "../text.js";
import { buildBand, hasRanges, moveCursors, paintBand, paintInside } from "./draw.js";
import { describeReading } from "./words.js";

// Every year is drawn on the days of this one, which has a 29 February.
const SCALE = { min: toSeconds("2000-01-01"), max: toSeconds("2000-12-31") };
const yearOf = ({ date }) => date.slice(0, 4);
const placeInYear = (point) => ({ ...point, time: toSeconds(`2000${point.date.slice(4)}`) });

/** Draw the view; the result is described in chart.js. */
export function drawView(box, frame) {
  const { dataset, normals, colors, width } = frame;
  const container = createElement("div", { id: "chart-years", class: "chart" });
  box.replaceChildren(container);
  const shown = selectPoints(frame.points, frame.period);
  const years = Map.groupBy(shown.map(placeInYear), yearOf);
  const year = years.has(frame.year) ? frame.year : [...years.keys()].at(-1);
  const own = years.get(year) ?? [];
  const others = [...years].filter(([name]) => name !== year).map(([, points]) => points);
  const band = buildBand(normals, SCALE.min, SCALE.max);
  const means = shown.filter(({ isBad }) => !isBad).map(({ mean }) => mean);
  const [low, high] = [Math.min, Math.max].map((find) => means.reduce((a, b) => find(a, b), means[0]));
  const onCursor = (time) => frame.onCursor(time === null || !own.length ? null : own.indexOf(findNearest(own, time)));
  const [times, values] = buildColumns(own, dataset.gapDays);
  const chart = createChart(buildOptions({ ...frame, onCursor }, {
    height: width < 500 ? 408 : 528, zooms: false,
    axes: buildAxes(dataset.symbol, (_, days) => days.map((time) => formatMonthName(toIsoDate(time))), colors),
    scales: { x: { time: true, ...SCALE }, y: { range: () => rangeWith(band, low, high) } },
    series: [{ stroke: colors.accent, width: 3, points: { show: false } }],
    hooks: {
      drawAxes: [(drawn) => {
        paintBand(drawn, band, colors.normal);
        for (const points of others) paintLine(drawn, points, dataset.gapDays, colors.other);
      }],
      draw: [(drawn) => paintMarks(drawn, own, ({ mean }) => mean, () => false, colors)],
    },
  }), [times, values], container);
  return {
    charts: [chart],
    years: [...years.keys()],
    year,
    range: () => ({ first: 0, last: own.length - 1 }),
    moveCursor: (index) => moveCursors([chart], own[index].time),
    describeItem: (index) => describeReading(own[index], dataset, normals),
    monthOf: (index) => own[index].date.slice(0, 7),
    keys: () => [
      ["chosen", year ?? ""],
      ...(others.length ? [["other", translate("keyOtherYears", { count: others.length })]] : []),
      ...(hasRanges(normals) ? [["normal", translate("keyNormal")]] : []),
      ["flagged", translate("keyFlagged")],
      ...(own.some(({ isBad }) => isBad) ? [["cross", translate("keyBad")]] : []),
    ],
    texts: () => (own.length ? [translate("chartYears", { year, count: others.length,
      least: formatNumber(Math.min(...own.map(({ mean }) => mean))), most: formatNumber(Math.max(...own.map(({ mean }) => mean))) })] : []),
  };
}

function paintLine(chart, points, gapDays, color) {
  paintInside(chart, (ctx, x, y) => {
    ctx.strokeStyle = color;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    let previous = null;
    for (const { time, mean, isBad } of points) {
      if (isBad) continue;
      if (previous === null || time - previous > gapDays * DAY) ctx.moveTo(x(time), y(mean));
      else ctx.lineTo(x(time), y(mean));
      previous = time;
    }
    ctx.stroke();
  });
}
