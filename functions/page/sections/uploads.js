// The list of the uploads, in pages, with the receipts of a page in one request.

import { buildUrl, fetchJson } from "../client.js";
import { Section, byId } from "../elements.js";
import { DATASETS } from "../registry.js";
import { createItem } from "./receipt.js";

const PAGE_SIZE = 5;
let dataset = null;
let uploads = [];
const list = new Section(byId("uploads-card"),
  (signal) => fetchJson(buildUrl("/uploads", { ...chooseUploads(), receipts: 1, limit: PAGE_SIZE }), signal), (page) => {
    uploads = [];
    byId("uploads").replaceChildren();
    showPage(page);
  });
const more = new Section(byId("uploads-more"), (signal, url) => fetchJson(url, signal), showPage);

// Files in a folder that names no series belong to none of them.
function chooseUploads() {
  const state = byId("uploads-state").value;
  return { ...(byId("uploads-filter").value === "all" ? {} : { dataset: dataset.name }), ...(state && { state }) };
}

export function loadUploads(newDataset) {
  dataset = newDataset;
  byId("uploads-csv").href = buildUrl("/uploads", { ...chooseUploads(), format: "csv" });
  more.cancel();
  list.load();
}

/** Show the uploads again, in the current language; what is open stays open. */
export function translateUploads() {
  const open = [...byId("uploads").querySelectorAll("details")].map((details) => details.open);
  byId("uploads").replaceChildren(...uploads.map(createItem));
  byId("uploads").querySelectorAll("details").forEach((details, index) => {
    details.open = open[index];
  });
}

function showPage(page) {
  uploads.push(...page.uploads);
  translateUploads();
  byId("no-uploads").hidden = uploads.length > 0;
  byId("more-uploads").hidden = !page.next;
  byId("more-uploads").onclick = () => more.load(page.next);
}

byId("uploads-filter").value = DATASETS.length > 1 ? "dataset" : "all";
for (const name of ["uploads-filter", "uploads-state"]) byId(name).addEventListener("change", () => loadUploads(dataset));
