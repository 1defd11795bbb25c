// The connection check on an open page. Every ten seconds it asks /egress.json, which costs the server next to nothing,
// how the internet sees this browser. All of the rest is asked for (#overview, adaptive-refresh.js) only when that answer
// is another one than the page shows, when somebody asks, and at a slow pace.
// Without a fresh answer nothing stays green: the card is replaced by the grey one after the second failure, at once if
// somebody asked, the browser is offline, or the last answer is too old, as after a night's sleep.
//
// It also finds out whether this browser has the other IP version: the IPv4-only and the IPv6-only check host say how
// they see it, and that goes along with the next refresh. A browser complains in its console where there is no such
// version. So a host is asked when somebody asks, when there was such a version before, and behind the VPN, where alone
// it changes the verdict.
"use strict";

const CHECK_SECONDS = 10;
const IDLE_CHECK_SECONDS = 30;
const OVERDUE_MILLISECONDS = 90_000;
const CHECK_ANSWER_MILLISECONDS = 5000;
const HOST_ANSWER_MILLISECONDS = 3000;
// Who comes back from AWS VPN Client wants to know, but not at each click between two windows.
const REST_MILLISECONDS = 15_000;
const HAS_IPV6 = "genkan-has-ipv6";
const VERDICTS = ["vpn", "office", "outside", "unknown"];

const overview = () => document.getElementById("overview");
const verdict = () => document.getElementById("verdict");
const isThroughVpn = () => verdict().dataset.result.startsWith("vpn");
const isUnchecked = () => "unchecked" in verdict().dataset;

let seen = { v4: "", v6: "" };
let seenFor = "";
let isAsked = false;
let isSignedOut = false;
let failures = 0;
let isChecking = false;
let checkedAt = Date.now();
let provenAt = Date.now();

// What a host of the portal says; an error for everything else that may answer: a captive portal, a proxy, half an answer.
const askHost = async (origin, milliseconds, credentials) => {
  const response = await fetch(`${origin}/egress.json`, {
    cache: "no-store",
    credentials,
    redirect: "error",
    signal: AbortSignal.timeout(milliseconds),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  const answer = await response.json();
  if (!VERDICTS.includes(answer?.verdict)) throw new Error("somebody else's answer");
  return { ...answer, state: response.headers.get("Genkan-State") };
};

const refreshOverview = () => htmx.trigger(overview(), "refresh");

const sayResult = () => {
  sayAloud(verdict().querySelector("h1, h2").textContent);
  if (isAsked) verdict().querySelector("[data-check-again]")?.focus();
  isAsked = false;
};

const showUnchecked = () => {
  if (isUnchecked() && !isAsked) return;
  const card = document.getElementById("unchecked").content.cloneNode(true);
  fillSince(card, provenAt);
  verdict().dataset.unchecked = "";
  verdict().replaceChildren(card);
  overview().classList.add("no-answer");
  sayResult();
};

const showAsking = () => {
  const link = verdict().querySelector("[data-check-again]");
  link.setAttribute("aria-busy", "true");
  link.textContent = link.dataset.checking;
};

const isNews = ({ ip, verdict: word, via, state }) => {
  const shown = verdict().dataset;
  const isOtherState = state !== null && shown.state !== state;
  return shown.ip !== (ip ?? "") || shown.verdict !== word || shown.via !== (via ?? "") || isOtherState;
};

const showCheckedAt = () => {
  const place = verdict().querySelector("[data-checked-at]");
  if (place) place.textContent = clock(provenAt, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
};

const check = async () => {
  if (isChecking || isSignedOut || document.hidden) return;
  isChecking = true;
  checkedAt = Date.now();
  try {
    // With cookies, though it needs none: without, the browser would open a connection of its own, maybe of the other
    // IP version than the page's.
    const answer = await askHost("", CHECK_ANSWER_MILLISECONDS, "same-origin");
    failures = 0;
    provenAt = Date.now();
    if (isAsked || isUnchecked() || isNews(answer)) refreshOverview();
    else showCheckedAt();
  } catch {
    failures += 1;
    if (isAsked || failures >= ENOUGH_FAILURES || !navigator.onLine) showUnchecked();
  }
  isChecking = false;
};

const pauseBetweenChecks = () => {
  if (document.hidden) return Infinity;
  if (failures) return RETRY_SECONDS * 1000;
  return 1000 * (isLookedAt() ? CHECK_SECONDS : IDLE_CHECK_SECONDS);
};

const checkIfDue = () => {
  const now = Date.now();
  const isOld = now - provenAt > OVERDUE_MILLISECONDS && now - checkedAt > GRACE_MILLISECONDS;
  if (!document.hidden && isOld && !isUnchecked() && !isSignedOut) showUnchecked();
  if (now - checkedAt >= pauseBetweenChecks()) check();
};

const seenBy = async (origin) => {
  if (!origin) return "";
  try {
    return (await askHost(origin, HOST_ANSWER_MILLISECONDS, "omit")).ip ?? "";
  } catch {
    return ""; // no such IP version here
  }
};

// Storage may be forbidden: then it is found out anew each time.
const remember = (hasIpv6) => {
  try {
    if (hasIpv6) localStorage.setItem(HAS_IPV6, "1");
    else localStorage.removeItem(HAS_IPV6);
  } catch {}
};

const hadIpv6 = () => {
  try {
    return localStorage.getItem(HAS_IPV6) === "1";
  } catch {
    return false;
  }
};

const askHosts = async () => {
  const { cameBy, v4Url, v6Url, ip } = verdict().dataset;
  seenFor = ip;
  const v4 = cameBy === "6" ? await seenBy(v4Url) : "";
  const v6 = cameBy === "4" ? await seenBy(v6Url) : "";
  remember(cameBy === "6" || v6 !== "");
  const isOther = v4 !== seen.v4 || v6 !== seen.v6;
  seen = { v4, v6 };
  return isOther;
};

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "overview") return;
  for (const [name, address] of Object.entries(seen)) {
    if (address) event.detail.parameters[name] = address;
  }
});

// "Check again" is a link to the page; with this it looks again in place, and says aloud what it found, or that it can't.
const checkAgain = async () => {
  isAsked = true;
  showAsking();
  if (navigator.onLine) await askHosts();
  // One may be under way already; its answer is as good.
  if (!isChecking) check();
};

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-check-again]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  checkAgain();
});

// The check answers, but the page itself doesn't: what the card says besides is old.
document.addEventListener("unanswered", (event) => {
  if (event.target.id !== "overview") return;
  event.preventDefault();
  if (isAsked || event.detail.failures >= ENOUGH_FAILURES) showUnchecked();
});
document.addEventListener("signed-out", () => {
  isSignedOut = true;
});
for (const sign of ["visibilitychange", "online", "focus"]) {
  window.addEventListener(sign, check);
}
window.addEventListener("focus", () => {
  if (overview() && Date.now() - pollOf(overview()).answeredAt > REST_MILLISECONDS) refreshOverview();
});

document.addEventListener("htmx:afterSettle", async () => {
  if (!verdict()) return;
  if (isAsked) sayResult();
  if (verdict().dataset.ip === seenFor) return;
  // Another network than the one that the hosts were asked from.
  seen = { v4: "", v6: "" };
  if ((isThroughVpn() || hadIpv6()) && (await askHosts())) refreshOverview();
});

if (overview()) {
  setInterval(checkIfDue, 1000);
  if (verdict().dataset.cameBy === "6" || hadIpv6()) askHosts().then((isOther) => isOther && refreshOverview());
}
