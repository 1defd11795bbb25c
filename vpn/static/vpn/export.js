// The download leaves the page as it is: from then on it asks how far the export is. htmx itself would listen to the
// form's submit and keep the browser from carrying it out.
document.addEventListener("submit", (event) => {
  if (event.target.id === "export-form") {
    window.htmx.trigger("#export-progress", "export-begun");
  }
});
