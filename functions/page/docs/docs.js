// Swagger UI for the OpenAPI document. Without the library the page keeps its link to the document.
if (window.SwaggerUIBundle) {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    displayRequestDuration: true,
    // The default sends the document to another host.
    validatorUrl: null,
  });
}
