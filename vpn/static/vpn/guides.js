// Prints the guide, and marks in its contents the step that is being read.
"use strict";

document.querySelector("[data-print]").addEventListener("click", () => window.print());

const links = [...document.querySelectorAll(".guide-toc a")];
const sections = links.map((link) => document.getElementById(link.hash.slice(1)));

const markCurrent = () => {
  const passed = sections.filter((section) => section.getBoundingClientRect().top <= 120);
  const current = Math.max(passed.length - 1, 0);
  links.forEach((link, at) => {
    if (at === current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
};

document.addEventListener("scroll", markCurrent, { passive: true });
markCurrent();
