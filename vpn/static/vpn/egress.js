// Asks the IPv4-only and the IPv6-only check host once in a while how they see this browser, and checks again when
// the tab is looked at again. What they say goes along with the next refresh of the verdict.
"use strict";

const ANSWER_MILLISECONDS = 3000;

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

const check = async () => {
  const verdict = document.getElementById("verdict");
  if (!verdict) return;
  const [v4, v6] = await Promise.all([seenBy(verdict.dataset.v4Url), seenBy(verdict.dataset.v6Url)]);
  seen = { v4, v6 };
  htmx.trigger("#verdict", "refresh");
};

let seen = { v4: "", v6: "" };

document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.id !== "verdict") return;
  for (const [name, address] of Object.entries(seen)) {
    if (address) event.detail.parameters[name] = address;
  }
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) check();
});
document.addEventListener("DOMContentLoaded", check);
if (document.readyState !== "loading") check();
