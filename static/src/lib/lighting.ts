// One idea, lit everywhere: pointing at a symbol, a field or a part of the figure lights what stands for the same idea.

const SOURCES = ".symbol, .argument, .letter";

/** Lights, inside `root`, every element with the data-idea of the symbol or field under the pointer or the focus. */
export function light(root: HTMLElement): void {
  let lit: string | undefined;

  function show(idea: string | undefined): void {
    if (idea === lit) return;
    lit = idea;
    for (const element of root.querySelectorAll(".lit")) element.classList.remove("lit");
    if (idea === undefined) return;
    for (const element of root.querySelectorAll(`[data-idea="${CSS.escape(idea)}"]`))
      element.classList.add("lit");
  }

  function ideaOf(target: EventTarget | null): string | undefined {
    const source = target instanceof Element ? target.closest<HTMLElement>(SOURCES) : null;
    return source?.dataset["idea"];
  }

  root.addEventListener("pointerover", (event) => show(ideaOf(event.target)));
  root.addEventListener("pointerleave", () => show(undefined));
  root.addEventListener("focusin", (event) => show(ideaOf(event.target)));
  root.addEventListener("focusout", () => show(undefined));
}
