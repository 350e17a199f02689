// What is filled in and not sent yet stays with a person who goes back to the form, loads it again or changes the
// language: browsers put back some fields of a form that scripts have changed, and not others.

const KEY = "training-form";

export function valuesOf(form: HTMLFormElement, button?: HTMLButtonElement): URLSearchParams {
  return new URLSearchParams(new FormData(form, button) as unknown as Record<string, string>);
}

/** Keeps the values of the page's form when it is left; calls `fill` with those kept where a person comes back to it. */
export function keepForm(fill: (form: HTMLFormElement, kept: URLSearchParams) => void): void {
  const form = document.querySelector<HTMLFormElement>("form.begin");
  const first = form && String(valuesOf(form));
  const kept = sessionStorage.getItem(KEY);
  addEventListener("pagehide", () => {
    const left = document.querySelector<HTMLFormElement>("form.begin");
    if (!left) return;
    const values = String(valuesOf(left));
    if (values !== first) sessionStorage.setItem(KEY, values);
  });
  if (!form || !kept) return;
  const values = new URLSearchParams(kept);
  const now = valuesOf(form);
  const isOfThis = ["fork", "duel"].every((name) => values.get(name) === now.get(name));
  if (isOfThis && comesBack()) fill(form, values);
  else sessionStorage.removeItem(KEY);
}

function comesBack(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (navigation?.type === "back_forward" || navigation?.type === "reload") return true;
  return document.referrer !== location.href && plain(document.referrer) === plain(location.href);
}

/** An address but for its language. */
function plain(address: string): string {
  if (!URL.canParse(address)) return "";
  const { pathname, search } = new URL(address);
  const query = new URLSearchParams(search);
  query.delete("lang");
  return `${pathname}?${query}`;
}
