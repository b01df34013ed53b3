// Tabs: one stop of the tab key, arrow keys between them.

/** Call `choose` with the name of the tab that is clicked or reached by an arrow key. */
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
