// The list of the uploads, in pages. Each receipt loads by itself.

import { buildUrl, fetchJson } from "../client.js";
import { Section, byId, createElement, createProblem } from "../elements.js";
import { DATASETS } from "../registry.js";
import { createItem, fillItem } from "./receipt.js";

const PAGE_SIZE = 5;
let dataset = null;
// The uploads shown, each with the section of its receipt.
let items = [];
const list = new Section(byId("uploads-card"), (signal) => fetchJson(buildUrl("/uploads", chooseUploads()), signal),
  showPage);
const more = new Section(byId("uploads-more"), (signal, url) => fetchJson(url, signal), appendPage);

// Files in a folder that names no series belong to none of them.
const chooseUploads = () =>
  ({ ...(byId("uploads-filter").value === "all" ? {} : { dataset: dataset.name }), limit: PAGE_SIZE });

export function loadUploads(newDataset) {
  dataset = newDataset;
  more.cancel();
  list.load();
}

/** Show the uploads again, in the current language. */
export function translateUploads() {
  for (const { element, upload, receipt } of items) fillItem(element, upload, receipt);
}

function showPage(page) {
  for (const { section } of items) section.cancel();
  items = [];
  byId("uploads").replaceChildren();
  byId("no-uploads").hidden = page.uploads.length > 0;
  appendPage(page);
}

function appendPage({ uploads, next }) {
  for (const upload of uploads) {
    const element = createItem(createProblem());
    const item = { element, upload, receipt: null };
    fillItem(element, upload, null);
    item.section = new Section(element, (signal) => fetchJson(`/uploads/${upload.id}`, signal), (receipt) => {
      item.receipt = receipt;
      fillItem(element, upload, receipt);
    });
    items.push(item);
    byId("uploads").append(element);
    item.section.load();
  }
  byId("more-uploads").hidden = !next;
  byId("more-uploads").onclick = () => more.load(next);
}

byId("uploads-filter").value = DATASETS.length > 1 ? "dataset" : "all";
byId("uploads-filter").addEventListener("change", () => loadUploads(dataset));
