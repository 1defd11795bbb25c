// Copies what data-copy says, or the text of the element that data-copy-from names (empty: the one before the button),
// and says so aloud.
"use strict";

const announcer = () => document.getElementById("announcer");

const announce = (words) => {
  const region = announcer();
  if (!region) return;
  region.textContent = "";
  setTimeout(() => {
    region.textContent = words; // a change, so the same words are read again
  }, 50);
};

const source = (button) =>
  button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom) : button.previousElementSibling;

// Without a secure context there is no clipboard: the old command still works in a click.
const copyOldWay = (text) => {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
};

const write = async (text) => {
  if (!navigator.clipboard) return copyOldWay(text);
  return navigator.clipboard.writeText(text).then(() => true, () => copyOldWay(text));
};

const showDone = (button, words) => {
  const label = button.querySelector("[data-label]") || button;
  if (label.dataset.before) return;
  label.dataset.before = label.textContent;
  label.textContent = words;
  setTimeout(() => {
    label.textContent = label.dataset.before;
    delete label.dataset.before;
  }, 2000);
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const text = button.dataset.copy ?? source(button)?.textContent.trim() ?? "";
  const words = announcer()?.dataset ?? {};
  const copied = await write(text);
  button.focus();
  if (copied && words.copied) showDone(button, words.copied);
  announce((copied ? words.copied : words.copyFailed) ?? "");
});
