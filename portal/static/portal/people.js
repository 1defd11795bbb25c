// Suggests people below a field that is about somebody ([data-people]: the URL that answers), as a list to choose from by
// mouse or by arrow keys. In a text area each line is a person. [data-people-as]: what is written, with {username} in it.
"use strict";

(() => {
  const DELAY = 200; // ms: a pause in typing

  const bounds = (field) => {
    if (field.tagName !== "TEXTAREA") return [0, field.value.length];
    const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
    const end = field.value.indexOf("\n", field.selectionStart);
    return [start, end < 0 ? field.value.length : end];
  };

  const suggest = (field) => {
    const list = document.createElement("ul");
    list.id = `${field.id}_people`;
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`)?.textContent ?? "");
    list.hidden = true;
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-autocomplete", "list");
    let timer = 0;
    let asked = 0;

    const close = () => {
      list.hidden = true;
      field.removeAttribute("aria-activedescendant");
    };
    const options = () => [...list.children];
    const select = (option) => {
      for (const other of options()) other.setAttribute("aria-selected", String(other === option));
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    };
    const choose = (option) => {
      const [start, end] = bounds(field);
      const username = option.dataset.username;
      const written = field.dataset.peopleAs?.replace("{username}", username.replaceAll('"', '""')) ?? username;
      field.setRangeText(written, start, end, "end");
      close();
      field.focus();
    };
    const ask = async () => {
      const [start, end] = bounds(field);
      const typed = field.value.slice(start, end).trim();
      const question = ++asked;
      if (typed.length < 2 && !/[^\x00-\x7f]/.test(typed)) return close();
      let answer;
      try {
        answer = await fetch(`${field.dataset.people}?q=${encodeURIComponent(typed)}`);
      } catch {
        return close(); // it remains a plain field
      }
      if (question !== asked) return;
      // Signed out: the answer is a page.
      if (!answer.ok || answer.redirected) return close();
      list.innerHTML = await answer.text();
      options().forEach((option, index) => { option.id = `${list.id}_${index}`; });
      list.hidden = options().length === 0 || document.activeElement !== field;
      field.removeAttribute("aria-activedescendant");
    };

    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, DELAY);
    });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (list.hidden || event.isComposing) return;
      const all = options();
      const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown") select(all[(at + 1) % all.length]);
      else if (event.key === "ArrowUp") select(all[(at <= 0 ? all.length : at) - 1]);
      else if (event.key === "Enter" && at >= 0) choose(all[at]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
    // Before the field loses its focus, which closes the list
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
  };

  for (const field of document.querySelectorAll("[data-people]")) suggest(field);
})();
