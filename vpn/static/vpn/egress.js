// Looks again when somebody asks, and finds out whether this browser has the other IP version too: the IPv4-only and
// the IPv6-only check host say how they see it, and that goes along with the next look.
// A browser complains in its console where there is no such version. So a host is asked when somebody asks, when there
// was such a version before, and behind the VPN, where alone it changes the verdict; there with the second look.
"use strict";

const ANSWER_MILLISECONDS = 3000;
const HAS_IPV6 = "genkan-has-ipv6";

const verdict = () => document.getElementById("verdict");
const isThroughVpn = () => verdict().dataset.result.startsWith("vpn");

let seen = { v4: "", v6: "" };
let seenFor = "";
let asked = false;

const seenBy = async (origin) => {
  if (!origin) return "";
  try {
    const answer = await fetch(`${origin}/egress.json`, {
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
    });
    return (await answer.json()).ip ?? "";
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
  const { cameBy, v4Url, v6Url, address } = verdict().dataset;
  seenFor = address;
  const v4 = cameBy === "6" ? await seenBy(v4Url) : "";
  const v6 = cameBy === "4" ? await seenBy(v6Url) : "";
  remember(cameBy === "6" || v6 !== "");
  const isNews = v4 !== seen.v4 || v6 !== seen.v6;
  seen = { v4, v6 };
  return isNews;
};

const look = () => htmx.trigger("#verdict", "refresh");

const lookWithHosts = async () => {
  await askHosts();
  look();
};

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "verdict") return;
  for (const [name, address] of Object.entries(seen)) {
    if (address) event.detail.parameters[name] = address;
  }
});

// "Check again" is a link to the page; with this it looks again in place, and says aloud what it found.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-check-again]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  asked = true;
  lookWithHosts();
});

const sayAloud = () => {
  asked = false;
  verdict().querySelector("[data-check-again]")?.focus();
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = verdict().querySelector("h1, h2").textContent;
};

document.addEventListener("htmx:afterSettle", async () => {
  if (!verdict()) return;
  if (asked) sayAloud();
  if (verdict().dataset.address === seenFor) return;
  // Another network than the one that the hosts were asked from.
  seen = { v4: "", v6: "" };
  if ((isThroughVpn() || hadIpv6()) && (await askHosts())) look();
});

if (verdict() && (verdict().dataset.cameBy === "6" || hadIpv6())) lookWithHosts();
