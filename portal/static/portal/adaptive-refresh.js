// Sends "refresh" to every [data-refresh] element: each data-refresh seconds (3 if empty) while somebody looks, each
// minute when nobody has moved for a while, never while the page is hidden. data-refresh-steady: fast as long as the page
// can be seen, and each minute while it can't, for what people wait for in another tab. htmx answers with
// hx-trigger="refresh"; the last fragment has no data-refresh. What is refreshed keeps the focus and what is unfolded.
"use strict";

const FAST_SECONDS = 3;
const SLOW_SECONDS = 60;
const FAST_TURNS = 20;

let turnsLeft = FAST_TURNS;
const refreshedAt = new WeakMap();

const isSteady = (element) => "refreshSteady" in element.dataset;

const secondsFor = (element) => {
  if (document.hidden) return isSteady(element) ? SLOW_SECONDS : Infinity;
  return turnsLeft > 0 || isSteady(element) ? Number(element.dataset.refresh) || FAST_SECONDS : SLOW_SECONDS;
};

// Somebody is about to copy it by hand.
const isSelected = (element) => {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(element, true);
};

const refresh = (element, now) => {
  refreshedAt.set(element, now);
  element.dispatchEvent(new CustomEvent("refresh"));
};

const tick = () => {
  const now = Date.now();
  let refreshed = false;
  for (const element of document.querySelectorAll("[data-refresh]")) {
    if (!refreshedAt.has(element)) refreshedAt.set(element, now);
    if (now - refreshedAt.get(element) < secondsFor(element) * 1000 || isSelected(element)) continue;
    refresh(element, now);
    refreshed = true;
  }
  if (refreshed && turnsLeft > 0) turnsLeft -= 1;
};

const somebodyIsHere = () => {
  turnsLeft = FAST_TURNS;
};

for (const sign of ["pointermove", "keydown", "scroll", "focus"]) {
  window.addEventListener(sign, somebodyIsHere, { passive: true });
}
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  somebodyIsHere();
  for (const element of document.querySelectorAll("[data-refresh]")) refresh(element, Date.now());
});
setInterval(tick, 1000);

// The same control of the new fragment: by its id or where it leads to, else by its place.
const controlsOf = (element) => [...element.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
const nameOf = (control) => control.id || control.getAttribute("href") || control.textContent.trim();
let kept = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  const controls = controlsOf(target);
  kept = {
    id: target.id,
    place: controls.indexOf(document.activeElement),
    name: target.contains(document.activeElement) ? nameOf(document.activeElement) : "",
    unfolded: [...target.querySelectorAll("details[open] > summary")].map(nameOf),
  };
});
document.addEventListener("htmx:afterSettle", () => {
  const fragment = kept?.id ? document.getElementById(kept.id) : null;
  if (!fragment) return;
  for (const summary of fragment.querySelectorAll("details > summary")) {
    if (kept.unfolded.includes(nameOf(summary))) summary.parentElement.open = true;
  }
  if (kept.place >= 0 && document.activeElement === document.body) {
    const controls = controlsOf(fragment);
    (controls.find((one) => nameOf(one) === kept.name) ?? controls[kept.place])?.focus({ preventScroll: true });
  }
  kept = null;
});
