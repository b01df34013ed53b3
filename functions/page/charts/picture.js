// The view as a PNG with title, period, key, source and date, in the colors of the light theme.

import { byId, createElement } from "../elements.js";
import { formatDate, formatNumber, getLanguage } from "../text.js";
import { paintHatch, paintRectangle } from "./draw.js";

const MARGIN = 16;
const LINE = 20;
const CELL = 30;
const FONT = "system-ui, sans-serif";

/** Save a view, drawn by its function anew, with the words around it on the page. */
export async function savePicture(name, drawView, frame, keys) {
  const { dataset, period, colors, width } = frame;
  const drawing = drawView(document.createElement("div"), frame);
  // uPlot draws in a microtask.
  await new Promise((resolve) => { setTimeout(resolve); });
  const blob = await buildPicture(drawing, {
    keys,
    title: dataset.title[getLanguage()],
    notes: [`${byId(`tab-${name}`).textContent} · ${byId("shown").textContent}`, byId("view-note").textContent],
    footer: [byId("source").textContent, `AquaSenseCloud · ${formatDate(new Date().toISOString())} · ${location.host}`],
  }, colors, width);
  for (const chart of drawing.charts) chart.destroy();
  const url = URL.createObjectURL(blob);
  createElement("a", { href: url, download: `${[dataset.name, name, period.from, period.to].join("_")}.png` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

async function buildPicture(drawing, words, colors, width) {
  const scale = devicePixelRatio;
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d");
  const room = width - 2 * MARGIN;
  const inner = drawing.grid ? (drawing.grid.years.length + 1) * CELL
    : drawing.charts.reduce((sum, chart) => sum + chart.height, 0);
  ctx.font = `12px ${FONT}`;
  const footer = words.footer.flatMap((line) => wrap(ctx, line, room));
  const notes = words.notes.flatMap((line) => wrap(ctx, line, room));
  const keys = placeKeys(ctx, words.keys, room);
  ctx.font = `bold 17px ${FONT}`;
  const title = wrap(ctx, words.title, room);
  const lines = title.length * 24 + (notes.length + footer.length) * LINE + (keys.at(-1)?.row + 1 || 0) * LINE;
  canvas.width = width * scale;
  canvas.height = (2 * MARGIN + lines + inner + 16) * scale;
  ctx.scale(scale, scale);
  ctx.fillStyle = colors.card;
  ctx.fillRect(0, 0, width, canvas.height);
  let top = MARGIN;
  const write = (texts, font, color, height) => texts.forEach((text) => {
    ctx.font = font;
    ctx.fillStyle = color;
    ctx.textBaseline = "top";
    ctx.fillText(text, MARGIN, top);
    top += height;
  });
  write(title, `bold 17px ${FONT}`, colors.ink, 24);
  write(notes, `12px ${FONT}`, colors.quiet, LINE);
  top += 6;
  if (drawing.grid) {
    paintGrid(ctx, drawing.grid, top, room, colors);
    top += inner;
  }
  for (const chart of drawing.charts) {
    ctx.drawImage(chart.ctx.canvas, 0, top, width, chart.height);
    top += chart.height;
  }
  top += 4;
  for (const key of keys) paintKey(ctx, key, top, colors);
  top += (keys.at(-1)?.row + 1 || 0) * LINE + 6;
  write(footer, `12px ${FONT}`, colors.quiet, LINE);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function wrap(ctx, text, room) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (ctx.measureText(longer).width <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean);
}

function placeKeys(ctx, keys, room) {
  let [left, row] = [0, 0];
  return keys.map(([mark, text]) => {
    const width = ctx.measureText(text).width + 40;
    if (left && left + width > room) [left, row] = [0, row + 1];
    left += width;
    return { mark, text, left: left - width, row };
  });
}

function paintKey(ctx, { mark, text, left, row }, top, colors) {
  const [x, y] = [MARGIN + left, top + row * LINE];
  const color = { mean: colors.accent, chosen: colors.accent, other: colors.other, limit: colors.limit, spread: colors.spread,
    normal: colors.normal, flagged: colors.accent, cross: colors.accent, alert: colors.alert, warm: colors.warm,
    cold: colors.cold, hatched: colors.quiet }[mark] ?? colors[mark.split(" ")[1]];
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = 2;
  ctx.beginPath();
  if (["flagged", "alert"].includes(mark)) {
    ctx.arc(x + 8, y + 7, 5, 0, 2 * Math.PI);
    if (mark === "alert") ctx.fill();
    else ctx.stroke();
  } else if (["mean", "chosen", "other", "limit"].includes(mark)) {
    ctx.fillRect(x, y + 6, 18, 2);
  } else if (mark === "cross") {
    for (const slope of [-1, 1]) {
      ctx.moveTo(x + 4, y + 7 - 5 * slope);
      ctx.lineTo(x + 14, y + 7 + 5 * slope);
    }
    ctx.stroke();
  } else {
    paintRectangle(ctx, x, y + 1, 18, 12, color, mark === "hatched");
  }
  ctx.fillStyle = colors.quiet;
  ctx.font = `12px ${FONT}`;
  ctx.textBaseline = "top";
  ctx.fillText(text, x + 24, y);
}

function paintGrid(ctx, { years, months, names, idOf }, top, room, colors) {
  const width = (room - 44) / 12;
  ctx.textBaseline = "middle";
  const write = (text, x, y, color) => {
    ctx.fillStyle = color;
    ctx.font = `12px ${FONT}`;
    ctx.fillText(text, x, y);
  };
  names.forEach((name, index) => write(name, MARGIN + 46 + index * width, top + CELL / 2, colors.quiet));
  years.forEach((year, row) => {
    const y = top + (row + 1) * CELL;
    write(String(year), MARGIN, y + CELL / 2, colors.ink);
    for (let month = 1; month <= 12; month += 1) {
      const cell = months.get(idOf(year, month));
      if (!cell) continue;
      const x = MARGIN + 44 + (month - 1) * width;
      paintRectangle(ctx, x, y, width - 2, CELL - 2, colors[cell.heat], false);
      if (cell.isIncomplete) {
        ctx.save();
        ctx.beginPath();
        ctx.rect(x, y, width - 2, CELL - 2);
        ctx.clip();
        ctx.strokeStyle = colors.quiet;
        ctx.lineWidth = 1;
        paintHatch(ctx, x, y, width - 2, CELL - 2);
        ctx.restore();
      }
      if (width > 44) write(formatNumber(cell.value), x + 4, y + CELL / 2, colors.ink);
    }
  });
}
