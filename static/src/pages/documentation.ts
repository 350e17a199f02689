// The API's description as Swagger UI, which the page has loaded from our own files.

import { onThemeChange } from "../lib/appearance.ts";

declare global {
  interface Window {
    SwaggerUIBundle?: (options: Readonly<Record<string, unknown>>) => unknown;
  }
}

const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** Swagger UI knows its dark colours by a class of its own. */
function followTheme(): void {
  const theme = root.dataset["theme"];
  root.classList.toggle("dark-mode", theme ? theme === "dark" : systemIsDark.matches);
}

followTheme();
onThemeChange(followTheme);

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
