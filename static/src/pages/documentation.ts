// The API's description as Swagger UI, which the page has loaded from our own files.

declare global {
  interface Window {
    SwaggerUIBundle?: (options: Readonly<Record<string, unknown>>) => unknown;
  }
}

const place = document.querySelector<HTMLElement>("#api");
if (place) {
  window.SwaggerUIBundle?.({
    domNode: place,
    url: place.dataset["description"],
    deepLinking: true,
    // Swagger UI would ask a validator on another host about us.
    validatorUrl: null,
  });
}

export {};
