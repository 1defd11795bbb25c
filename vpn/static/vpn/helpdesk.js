// Who is found, while the agent types: by the keyboard alone. Arrow down goes to the first result, Enter opens it.
"use strict";

(() => {
  const DELAY = 200; // ms: a pause in typing
  const field = document.querySelector("[data-results]");
  const results = document.getElementById("results");
  if (!field || !results) return;
  let timer = 0;
  let asked = 0;

  const links = () => [...results.querySelectorAll("[data-result]")];
  const ask = async () => {
    const question = ++asked;
    let answer;
    try {
      answer = await fetch(`${field.dataset.results}?q=${encodeURIComponent(field.value)}`);
    } catch {
      return; // Enter still searches
    }
    // Signed out: the answer is a page.
    if (question !== asked) return;
    if (!answer.ok || answer.redirected) {
      results.replaceChildren(); // better nobody than somebody else
      return;
    }
    results.innerHTML = await answer.text();
  };
  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    results.replaceChildren(); // they are of other words
    if (!event.isComposing) timer = setTimeout(ask, DELAY);
  });
  field.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, DELAY);
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const places = [field, ...links()];
    const here = places.indexOf(document.activeElement);
    if (here < 0) return;
    event.preventDefault();
    places[Math.min(Math.max(here + (event.key === "ArrowDown" ? 1 : -1), 0), places.length - 1)].focus();
  });
})();
