// Sends "refresh" to every [data-refresh] element: each data-refresh seconds (3 if empty) while somebody looks, less often
// when nobody has moved for a while, never while the page is hidden. data-refresh-steady: fast as long as the page can be
// seen, and each minute while it can't, for what people wait for in another tab. htmx answers with hx-trigger="refresh";
// the last fragment has no data-refresh. What is refreshed keeps the focus and what is unfolded.
//
// No page shows more than it knows: an element that got no answer, or one that isn't ours (a captive portal's, a proxy's,
// one that broke off), stays as it is, but loses its colours and says since when nobody answered. After the second such
// answer in a row, at once if the browser is offline or the answer is long overdue. It goes on asking, and recovers.
"use strict";

const FAST_SECONDS = 3;
const SLOW_SECONDS = 60;
const IDLE_FACTOR = 2.5;
const RETRY_SECONDS = 5;
const ANSWER_MILLISECONDS = 8000;
const ENOUGH_FAILURES = 2;
// How long after a movement somebody counts as looking
const LOOKING_MILLISECONDS = 120_000;
// A slow answer is no news to somebody who has just come back to the page.
const GRACE_MILLISECONDS = 1500;
const BACK_MILLISECONDS = 10_000;
// A download is recorded when the file has been sent.
const DOWNLOAD_MILLISECONDS = 1500;

const SIGNED_OUT = 401;

let movedAt = Date.now();
const polls = new WeakMap();

const polled = () => document.querySelectorAll("[data-refresh]");
const isPolled = (element) => element instanceof HTMLElement && "refresh" in element.dataset;
const isSteady = (element) => "refreshSteady" in element.dataset;
const isLookedAt = () => Date.now() - movedAt < LOOKING_MILLISECONDS;

// What is known of an element's polling. Its content is as old as answeredAt; a new fragment begins anew.
const pollOf = (element) => {
  if (!polls.has(element)) {
    const now = Date.now();
    // Not all pages of a company ask in the same second, for example after an outage.
    polls.set(element, { askedAt: now, answeredAt: now, failures: 0, isAsking: false, spread: 0.8 + 0.4 * Math.random() });
  }
  return polls.get(element);
};

const secondsFor = (element) => {
  const seconds = Number(element.dataset.refresh) || FAST_SECONDS;
  if (document.hidden) return isSteady(element) ? SLOW_SECONDS : Infinity;
  return isLookedAt() || isSteady(element) ? seconds : Math.max(SLOW_SECONDS, IDLE_FACTOR * seconds);
};

const pauseFor = (element, { failures, spread }) => {
  const seconds = secondsFor(element);
  if (failures) return Math.min(seconds, RETRY_SECONDS);
  return seconds < SLOW_SECONDS ? seconds : seconds * spread;
};

// Somebody is about to copy it by hand.
const isSelected = (element) => {
  const selection = getSelection();
  return !selection.isCollapsed && selection.containsNode(element, true);
};

const refresh = (element) => {
  const poll = pollOf(element);
  if (poll.isAsking || poll.isOver) return;
  element.dispatchEvent(new CustomEvent("refresh"));
};

// The time of day in the portal's time zone, as everywhere else on the page.
const clock = (milliseconds, options = { hour: "2-digit", minute: "2-digit" }) => {
  const { lang, dataset } = document.documentElement;
  return new Intl.DateTimeFormat(lang, { hourCycle: "h23", timeZone: dataset.timeZone, ...options }).format(milliseconds);
};

const sayAloud = (words) => {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = words;
};

const fillSince = (fragment, milliseconds) => {
  for (const place of fragment.querySelectorAll("[data-since]")) place.textContent = clock(milliseconds);
  for (const link of fragment.querySelectorAll("[data-here]")) link.href = location.href;
};

// A template's content in front of the element's own, which is greyed by components.css.
const showOld = (element, template) => {
  if (element.querySelector(`[data-old="${template}"]`)) return;
  element.querySelectorAll("[data-old]").forEach((notice) => notice.remove());
  const notice = document.getElementById(template).content.firstElementChild.cloneNode(true);
  notice.dataset.old = template;
  fillSince(notice, pollOf(element).answeredAt);
  element.classList.add("no-answer");
  element.prepend(notice);
  sayAloud(notice.textContent.trim());
};

// "unanswered" tells who shows it in another way (egress.js), and then prevents what follows.
const sayUnanswered = (element) => {
  const { failures, answeredAt } = pollOf(element);
  const event = new CustomEvent("unanswered", { bubbles: true, cancelable: true, detail: { failures, answeredAt } });
  if (element.dispatchEvent(event) && failures >= ENOUGH_FAILURES) showOld(element, "no-answer");
};

const fail = (element, failures = 1) => {
  const poll = pollOf(element);
  poll.failures = navigator.onLine ? poll.failures + failures : Math.max(poll.failures + 1, ENOUGH_FAILURES);
  sayUnanswered(element);
};

const isOverdue = (element, poll, now) => {
  const allowed = 2 * pauseFor(element, { ...poll, failures: 0 }) * 1000 + ANSWER_MILLISECONDS;
  return now - poll.answeredAt > allowed && now - poll.askedAt > GRACE_MILLISECONDS;
};

const tick = () => {
  const now = Date.now();
  for (const element of polled()) {
    const poll = pollOf(element);
    if (poll.isOver) continue;
    // A computer that slept, or an answer that never comes.
    if (poll.failures < ENOUGH_FAILURES && !isSelected(element) && isOverdue(element, poll, now)) fail(element, ENOUGH_FAILURES);
    if (now - poll.askedAt < pauseFor(element, poll) * 1000 || (isSelected(element) && !poll.failures)) continue;
    refresh(element);
  }
};

const somebodyIsHere = () => {
  movedAt = Date.now();
};

const refreshAll = () => {
  if (document.hidden) return;
  somebodyIsHere();
  polled().forEach(refresh);
};

for (const sign of ["pointermove", "keydown", "scroll", "focus"]) {
  window.addEventListener(sign, somebodyIsHere, { passive: true });
}
document.addEventListener("visibilitychange", refreshAll);
// From another window, most often the AWS VPN Client's: something has happened there.
window.addEventListener("focus", () => {
  polled().forEach((element) => {
    if (Date.now() - pollOf(element).askedAt > BACK_MILLISECONDS) refresh(element);
  });
});
// What it says of a file that somebody has just got is old.
document.addEventListener("click", (event) => {
  const element = event.target.closest("a[download]")?.closest("[data-refresh]");
  if (element) setTimeout(() => refresh(element), DOWNLOAD_MILLISECONDS);
});
window.addEventListener("online", refreshAll);
// From the browser's memory, as old as it was left
window.addEventListener("pageshow", (event) => {
  if (event.persisted) refreshAll();
});
window.addEventListener("offline", () => polled().forEach((element) => fail(element, ENOUGH_FAILURES)));
setInterval(tick, 1000);

document.addEventListener("htmx:configRequest", (event) => {
  if (isPolled(event.detail.elt)) event.detail.timeout = ANSWER_MILLISECONDS;
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (isPolled(event.detail.elt)) Object.assign(pollOf(event.detail.elt), { isAsking: true, askedAt: Date.now() });
});

// A captive portal answers 200 too, by itself or by a redirect: only what brings the same element is an answer.
const isOurs = (xhr, element) => {
  const { origin, pathname } = new URL(xhr.responseURL);
  const asked = new URL(element.getAttribute("hx-get"), location.href);
  const text = xhr.responseText.trimEnd();
  return (
    origin === asked.origin &&
    pathname === asked.pathname &&
    text.includes(`id="${element.id}"`) &&
    (text.endsWith(`</${element.localName}>`) || text.endsWith("</html>"))
  );
};

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = event.detail;
  if (!isPolled(requestConfig.elt) || xhr.status !== 200 || isOurs(xhr, requestConfig.elt)) return;
  event.detail.shouldSwap = false;
  event.detail.isError = true;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { requestConfig, xhr, successful } = event.detail;
  const element = requestConfig.elt;
  const isPoll = isPolled(element);
  if (xhr.status === SIGNED_OUT && !isPoll) location.reload();
  if (!isPoll) return;
  const poll = pollOf(element);
  poll.isAsking = false;
  if (xhr.status === SIGNED_OUT) {
    poll.isOver = true;
    element.dispatchEvent(new CustomEvent("signed-out", { bubbles: true }));
    showOld(element, "signed-out");
  } else if (!successful) {
    fail(element);
  }
});

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
    (controls.find((control) => nameOf(control) === kept.name) ?? controls[kept.place])?.focus({ preventScroll: true });
  }
  kept = null;
});
