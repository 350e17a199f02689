// A part of the page that is written when a person unfolds it, and kept up to date while it is open.

import { html, nothing, type TemplateResult } from "lit";
import { AsyncDirective, directive } from "lit/async-directive.js";

class WhileOpen extends AsyncDirective {
  private isOpen = false;
  private contents: (() => TemplateResult) | undefined;

  override render(summary: string, contents: () => TemplateResult): TemplateResult {
    this.contents = contents;
    return this.fold(summary);
  }

  private fold(summary: string): TemplateResult {
    const onToggle = (event: Event) => {
      this.isOpen = (event.currentTarget as HTMLDetailsElement).open;
      this.setValue(this.fold(summary));
    };
    return html`
      <details class="table" @toggle=${onToggle}>
        <summary>${summary}</summary>
        <div class="scrolling" tabindex="0" role="region" aria-label=${summary}>${this.isOpen ? this.contents?.() : nothing}</div>
      </details>`;
  }
}

const whileOpen = directive(WhileOpen);

/** `<details>` whose `contents` are written only while it is open. */
export function unfolding(summary: string, contents: () => TemplateResult): TemplateResult {
  return html`${whileOpen(summary, contents)}`;
}
