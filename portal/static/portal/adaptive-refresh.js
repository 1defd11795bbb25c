// Sends "refresh" to every [data-refresh] element: each data-refresh seconds (3 if empty) while somebody looks,
// each minute otherwise; data-refresh-steady: fast as long as the page can be seen. htmx answers with hx-trigger="refresh"; the last fragment has no data-refresh.
"use strict";

const FAST_SECONDS = 3;
const SLOW_SECONDS = 60;
const FAST_TURNS = 20;

let turnsLeft = FAST_TURNS;
const refreshedAt = new WeakMap();

const secondsFor = (element) =>
  !document.hidden && (turnsLeft > 0 || "refreshSteady" in element.dataset) ? Number(element.dataset.refresh) || FAST_SECONDS : SLOW_SECONDS;

const refresh = (element, now) => {
  refreshedAt.set(element, now);
  element.dispatchEvent(new CustomEvent("refresh"));
};

const tick = () => {
  const now = Date.now();
  let refreshed = false;
  for (const element of document.querySelectorAll("[data-refresh]")) {
    if (!refreshedAt.has(element)) refreshedAt.set(element, now);
    if (now - refreshedAt.get(element) < secondsFor(element) * 1000) continue;
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
