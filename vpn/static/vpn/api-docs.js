// Swagger UI, as django-ninja ships it, with the description that is in the page: reading openapi.json takes a token.
const root = document.documentElement;

// tokens.css has decided on a theme, from the person's choice or the system's; Swagger UI wants a class for it.
function followTheme() {
  root.classList.toggle("dark-mode", getComputedStyle(root).colorScheme === "dark");
}

followTheme();
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", followTheme);

window.SwaggerUIBundle({
  dom_id: "#swagger-ui",
  spec: JSON.parse(document.getElementById("openapi").textContent),
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // Nothing leaves for validator.swagger.io, and no token stays in the browser.
  validatorUrl: null,
  persistAuthorization: false,
});
