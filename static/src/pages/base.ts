// What the bar of every page does: theme, and an address that is always the state that is seen.

import { ADDRESS_CHANGED, flush } from "../lib/location.ts";

const theme = document.querySelector<HTMLSelectElement>("[data-theme-choice]");
if (theme) {
  theme.value = document.documentElement.dataset["theme"] ?? "";
  theme.addEventListener("change", () => chooseTheme(theme.value));
}

function chooseTheme(choice: string): void {
  if (choice) document.documentElement.dataset["theme"] = choice;
  else delete document.documentElement.dataset["theme"];
  try {
    if (choice) localStorage.setItem("theme", choice);
    else localStorage.removeItem("theme");
  } catch {
    // Storage is closed to us: the choice holds for this page.
  }
}

for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-language]")) {
  addEventListener(ADDRESS_CHANGED, () => {
    const address = new URL(location.href);
    address.searchParams.delete("lang");
    const query = address.search.slice(1);
    link.href = `${address.pathname}?${query && `${query}&`}lang=${link.dataset["language"]}`;
  });
}

const copy = document.querySelector<HTMLButtonElement>("[data-copy-address]");
const words = copy?.querySelector<HTMLElement>("[data-said]");
const invitation = words?.textContent ?? "";
copy?.addEventListener("click", async () => {
  if (!words) return;
  flush();
  try {
    await navigator.clipboard.writeText(location.href);
    words.textContent = words.dataset["said"] ?? "";
  } catch {
    words.textContent = location.href; // no clipboard without HTTPS: the address to be marked and copied by hand
  }
  setTimeout(() => {
    words.textContent = invitation;
  }, 2500);
});
