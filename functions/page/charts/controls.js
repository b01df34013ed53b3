// Controls of the chart card: tabs, and the arrow keys on a chart.

/** Make tabs one stop of the tab key with arrow keys between them; call `choose` with the name of the tab that is clicked or reached by an arrow key. */
export function listenToTabs(list, choose) {
  const tabs = [...list.children];
  list.addEventListener("click", ({ target }) => target.dataset.view && choose(target.dataset.view));
  list.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const tab = tabs.at((tabs.indexOf(event.target) + move) % tabs.length);
    tab.focus();
    choose(tab.dataset.view);
  });
}

/** Mark a tab as chosen, and name its panel after it. */
export function selectTab(list, panel, name) {
  for (const tab of list.children) {
    const isChosen = tab.dataset.view === name;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    if (isChosen) panel.setAttribute("aria-labelledby", tab.id);
  }
  panel.dataset.view = name;
}

/**
 * Step through the items of a chart with the arrow keys, Page Up and Down, Home and End.
 *
 * @param getRange function that returns the first and the last index shown, and the current one or null;
 *   without a current one, the first key goes to the last
 * @param onMove function of the index
 * @param onOpen function of the index, for Enter
 */
export function listenToKeys(element, getRange, onMove, onOpen) {
  element.addEventListener("keydown", (event) => {
    const { first, last, current } = getRange();
    if (last < first) return;
    if (event.key === "Enter" && current !== null) onOpen(current);
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };
    const target = { Home: first, End: last }[event.key]
      ?? (event.key in steps ? (current === null ? last : current + steps[event.key]) : null);
    if (target === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onMove(Math.min(Math.max(target, first), last));
  });
}
