// The page of a running operation: says each new status to screen readers, and tells of the end by a notification of
// the browser where somebody asked for one.
"use strict";

const KEY = "operation-notify";
const announcer = document.getElementById("announcer");
let status = document.getElementById("operation")?.dataset.status;
let asked = sessionStorage.getItem(KEY) === location.pathname;

const offer = () => {
  const button = document.querySelector("[data-notify]");
  if (button && "Notification" in window && !asked) button.hidden = false;
};

const follow = (element) => {
  if (!element || element.dataset.status === status) return;
  status = element.dataset.status;
  if (announcer) announcer.textContent = status;
  if ("ended" in element.dataset && asked) {
    sessionStorage.removeItem(KEY);
    new Notification(element.dataset.title, { tag: location.pathname });
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-notify]");
  if (!button || (await Notification.requestPermission()) !== "granted") return;
  asked = true;
  sessionStorage.setItem(KEY, location.pathname);
  button.hidden = true;
});
document.addEventListener("htmx:afterSettle", () => {
  follow(document.getElementById("operation"));
  offer();
});
offer();
