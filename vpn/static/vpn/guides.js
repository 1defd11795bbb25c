// Prints the guide, marks in its contents the step that is being read, stays at it when the language is changed, and
// finds a problem by the words that somebody sees.
"use strict";

document.querySelector("[data-print]").addEventListener("click", () => window.print());

const links = [...document.querySelectorAll(".guide-toc a")];
const sections = links.map((link) => document.getElementById(link.hash.slice(1)));
const places = [...document.querySelectorAll(".guide-step, .guide-block[id], .guide-problems, .guide-problem")];

const isPassed = (section) => section.getBoundingClientRect().top <= 120;

const markCurrent = () => {
  const current = Math.max(sections.filter(isPassed).length - 1, 0);
  links.forEach((link, at) => {
    if (at === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
};

document.addEventListener("scroll", markCurrent, { passive: true });
markCurrent();

// The button that changes the language is at the top: the step is the one that was read just before going there.
const READ_MILLISECONDS = 500;
const RETURN_MILLISECONDS = 20_000;
let read = { id: location.hash.slice(1), at: Infinity };
let pause = 0;

const noteRead = () => {
  const place = places.findLast(isPassed);
  if (place) read = { id: place.id, at: Date.now() };
};

document.addEventListener("scroll", () => {
  clearTimeout(pause);
  pause = setTimeout(noteRead, READ_MILLISECONDS);
}, { passive: true });

// The anchors are the same in both languages.
document.addEventListener("submit", (event) => {
  const next = event.target.elements.namedItem("next");
  if (!next || !read.id || Date.now() - read.at > RETURN_MILLISECONDS) return;
  next.value = `${location.pathname}${location.search}#${read.id}`;
});

const search = document.getElementById("guide-search");
const problems = [...document.querySelectorAll(".guide-problem")].map((element) => ({
  element,
  words: plain(element.textContent),
  messages: [...element.querySelectorAll("h3 code")].map((code) => plain(code.textContent).replace(/…$/, "")),
}));

// Full-width letters are the same, and so is every kind of blank: people paste out of windows and logs.
function plain(text) {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

// All that was typed, or a message of the client somewhere in a line that was pasted.
const isMeant = ({ words, messages }, typed) =>
  typed.split(" ").every((word) => words.includes(word)) || messages.some((message) => typed.includes(message));

const showMatches = () => {
  const typed = plain(search.value);
  const matches = typed ? problems.filter((problem) => isMeant(problem, typed)) : [];
  const shown = matches.length ? matches : problems;
  for (const problem of problems) problem.element.hidden = !shown.includes(problem);
  const { found, none } = search.dataset;
  const words = matches.length ? `${found}${found.endsWith(":") ? " " : ""}${matches.length}` : none;
  document.getElementById("guide-found").textContent = typed ? words : "";
};

search.addEventListener("input", showMatches);
