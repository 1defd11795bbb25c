// Prints the guide, marks in its contents the step that is being read, and stays at it when the language is changed.
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

// The anchors are the same in both languages.
document.addEventListener("submit", (event) => {
  const next = event.target.elements.namedItem("next");
  const place = places.findLast(isPassed);
  if (next && place) next.value = `${location.pathname}${location.search}#${place.id}`;
});
