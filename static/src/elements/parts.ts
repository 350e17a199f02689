// The parts of a page that the server writes again: marked with data-part, taken over from a page fetched later.

/** Takes over what has changed. A part that stays as it is keeps what scripts did to it; the focus stays where it is. */
export function takeOver(from: ParentNode, into: ParentNode = document): void {
  for (const part of into.querySelectorAll<HTMLElement>("[data-part]")) {
    const name = CSS.escape(part.dataset["part"] ?? "");
    const fresh = from.querySelector<HTMLElement>(`[data-part="${name}"]`);
    if (fresh) replace(part, fresh);
  }
}

/** Takes over one element whole, its children and attributes. */
export function replace(part: Element, fresh: Element): void {
  for (const { name, value } of fresh.attributes) {
    if (part.getAttribute(name) !== value) part.setAttribute(name, value);
  }
  if (part.innerHTML === fresh.innerHTML) return;
  const focused = focusables(part).indexOf(document.activeElement as HTMLElement);
  part.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  if (focused >= 0) focusables(part)[focused]?.focus({ preventScroll: true });
}

function focusables(part: Element): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>("a[href], button, input, select, summary")];
}
