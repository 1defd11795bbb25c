/* On the copy of the status page, which has no server behind it: say so loudly when it is old. */
"use strict";

const asOf = document.querySelector("time[data-as-of]");
const notice = document.getElementById("old");

function check() {
  const minutes = (Date.now() - Date.parse(asOf.dateTime)) / 60000;
  notice.hidden = minutes < Number(asOf.dataset.asOf);
}

check();
setInterval(check, 15000);
