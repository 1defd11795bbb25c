// The page of a running operation: says each new status to screen readers, and tells of the end by a notification of
// the browser where somebody asked for one.
"use strict";

const NOTIFY_KEY = "operation-notify";
let operationStatus = document.getElementById("operation")?.dataset.status;
let notifyAsked = sessionStorage.getItem(NOTIFY_KEY) === location.pathname;

const offerToNotify = () => {
  const button = document.querySelector("[data-notify]");
  if (button && "Notification" in window && !notifyAsked) button.hidden = false;
};

const followOperation = (element) => {
  if (!element || element.dataset.status === operationStatus) return;
  operationStatus = element.dataset.status;
  document.getElementById("announcer").textContent = operationStatus;
  if ("ended" in element.dataset && notifyAsked) {
    sessionStorage.removeItem(NOTIFY_KEY);
    new Notification(element.dataset.title, { tag: location.pathname });
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-notify]");
  if (!button || (await Notification.requestPermission()) !== "granted") return;
  notifyAsked = true;
  sessionStorage.setItem(NOTIFY_KEY, location.pathname);
  button.hidden = true;
});
document.addEventListener("htmx:afterSettle", () => {
  followOperation(document.getElementById("operation"));
  offerToNotify();
});
offerToNotify();
