// One number of an argument, to be typed, stepped and dragged. The slider and the buttons go along `reach`, the values with
// which PyTorch takes the layer; the field takes anything.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../lib/i18n.ts";

export interface NumberLine {
  readonly id: string;
  readonly name: string;
  /** What the field shows, and what it shows in grey where that is empty. */
  readonly text: string;
  readonly placeholder: string;
  readonly now: number;
  readonly reach: readonly number[];
  /** The id of the sentence that explains what is wrong, if anything is. */
  readonly wrong: string | undefined;
  /** Which side or axis the number is of, where there are several. */
  readonly side: string;
  /** Whether it has decimals, or is negative: phones then show other keys. */
  readonly keys?: "numeric" | "decimal" | "text";
  readonly onText: (text: string, settled: boolean) => void;
  readonly onNumber: (number: number, settled: boolean) => void;
}

export function numberLine(line: NumberLine): TemplateResult {
  const { name, reach, wrong, onText } = line;
  const at = reach.indexOf(line.now);
  const go = (to: number, settled: boolean) => {
    const number = reach[to];
    if (number !== undefined) line.onNumber(number, settled);
  };
  const step = (event: KeyboardEvent) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    go(event.key === "ArrowUp" ? at + 1 : at - 1, true);
  };
  return html`
    <div class="line">
      <button type="button" class="icon quiet" tabindex="-1" aria-label=${t("Less {name}", { name })}
        ?disabled=${at <= 0} @click=${() => go(at - 1, true)}>−</button>
      <input
        id=${line.id}
        type="text"
        inputmode=${line.keys ?? "numeric"}
        autocomplete="off"
        spellcheck="false"
        placeholder=${line.placeholder}
        .value=${line.text}
        aria-label=${name}
        aria-invalid=${wrong ? "true" : nothing}
        aria-describedby=${wrong ?? nothing}
        @input=${(event: Event) => onText(typed(event), false)}
        @change=${(event: Event) => onText(typed(event), true)}
        @keydown=${step}
      />
      <button type="button" class="icon quiet" tabindex="-1" aria-label=${t("More {name}", { name })}
        ?disabled=${at < 0 || at >= reach.length - 1} @click=${() => go(at + 1, true)}>+</button>
      <input
        type="range"
        min="0"
        max=${Math.max(0, reach.length - 1)}
        .value=${String(Math.max(0, at))}
        ?disabled=${reach.length < 2}
        aria-label=${name}
        aria-valuetext=${line.now}
        @input=${(event: Event) => go(Number(typed(event)), false)}
        @change=${(event: Event) => go(Number(typed(event)), true)}
      />
      ${line.side ? html`<span class="place" aria-hidden="true">${line.side}</span>` : nothing}
    </div>
  `;
}

function typed(event: Event): string {
  return (event.target as HTMLInputElement).value;
}
