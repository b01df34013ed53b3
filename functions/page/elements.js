// DOM elements without markup in strings, so that a file name cannot become an element; and the
// sections of the page, each of which loads by itself.

export function createElement(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

export const announce = (message) => {
  byId("announcement").textContent = message;
};

/**
 * A section that loads, fails and retries by itself.
 *
 * Its content stays while a new one loads; aria-busy dims it. A load aborts the one before it, whose
 * response is dropped, so that the content is always that of the latest load.
 */
export class Section {
  #request = null;

  /**
   * @param box element with a child of class "problem"
   * @param fetchContent function of an AbortSignal and the arguments of load(); returns a promise
   * @param showContent function of the promise's value and the arguments of load()
   * @param onFailure function that is called before the problem is shown
   */
  constructor(box, fetchContent, showContent, onFailure = () => {}) {
    this.box = box;
    this.fetchContent = fetchContent;
    this.showContent = showContent;
    this.onFailure = onFailure;
  }

  async load(...args) {
    this.cancel();
    const request = new AbortController();
    this.#request = request;
    this.box.setAttribute("aria-busy", "true");
    let content;
    try {
      content = await this.fetchContent(request.signal, ...args);
    } catch (error) {
      if (request === this.#request) this.#showProblem(error, args);
      return;
    }
    if (request !== this.#request) return;
    this.#finish(false);
    this.showContent(content, ...args);
  }

  cancel() {
    this.#request?.abort();
    this.#request = null;
    this.box.setAttribute("aria-busy", "false");
  }

  #finish(failed) {
    this.box.setAttribute("aria-busy", "false");
    this.box.classList.toggle("failed", failed);
    this.box.querySelector(".problem").hidden = !failed;
  }

  #showProblem(error, args) {
    this.onFailure();
    const problem = this.box.querySelector(".problem");
    problem.querySelector("[lang]").textContent = error.message;
    problem.querySelector("button").onclick = () => this.load(...args);
    this.#finish(true);
  }
}

/** Return the elements of a problem: a text, the cause in the service's words, and a button. */
const createProblem = () => [
  createElement("span", { "data-text": "error" }), " ", createElement("span", { lang: "en" }), " ",
  createElement("button", { type: "button", "data-text": "retry" })];

export function addProblems() {
  for (const problem of document.querySelectorAll(".problem")) problem.append(...createProblem());
}
