// The elements of a page: found, heard and woken.

/** The part of a page that `selector` names; a page without it is broken. */
export function part<Kind extends HTMLElement>(within: ParentNode, selector: string): Kind {
  const found = within.querySelector<Kind>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

type Detail<Event> = Event extends CustomEvent<infer Kind> ? Kind : never;

/** Hears an element's own events, each by its name. */
export function listen<Events>(
  target: EventTarget,
  acts: { readonly [Name in keyof Events & string]?: (detail: Detail<Events[Name]>) => void },
): void {
  for (const [name, act] of Object.entries(acts)) {
    target.addEventListener(name, (event) =>
      (act as (detail: unknown) => void)((event as CustomEvent).detail),
    );
  }
}

type Elements = Readonly<Record<string, CustomElementConstructor>>;

/** Registers elements, each group in a task of its own, so that a page can be scrolled and pressed in between. What was
 * set on one that still sleeps it finds when it wakes. */
export async function wake(...groups: readonly Elements[]): Promise<void> {
  for (const elements of groups) {
    for (const [name, element] of Object.entries(elements)) customElements.define(name, element);
    await new Promise((done) => setTimeout(done));
  }
}
