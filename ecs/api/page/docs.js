// The OpenAPI document, shown. Without the library the page keeps its link to the document.
if (window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    displayRequestDuration: true,
    // Another host would be asked to judge the document.
    validatorUrl: null,
  });
}
