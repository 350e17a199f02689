// <cell-sum>: the arithmetic of the current output cell: the drawn channel's products, every channel's sum, the bias, the
// value.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import { explainAt } from "../draw/reading.ts";
import type { Scene } from "../draw/scene.ts";
import { t } from "../lib/i18n.ts";
import { factor, rounded } from "../lib/numbers.ts";
import type { Cell as Place } from "../lib/walk.ts";
import type { Cell, Meeting, Share } from "../lib/walkthrough.ts";

export interface SumEvents {
  /** An input channel was chosen to be drawn. */
  "channel-chosen": CustomEvent<number>;
}

/** Larger kernels are summed without a table of their products. */
const WIDEST_TABLE = 7;
const TALLEST_TABLE = 9;
/** Channels beyond this are summed together. */
const MOST_CHANNELS = 12;

export class CellSum extends LitElement {
  static override properties = { scene: { attribute: false }, current: { attribute: false } };

  declare scene: Scene | undefined;
  declare current: Place;

  constructor() {
    super();
    this.current = { row: 0, column: 0 };
  }

  protected override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    this.replaceChildren();
    super.connectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { scene, current } = this;
    if (!scene) return nothing;
    const cell = explainAt(scene, current);
    if (!cell) {
      return html`<p class="caption">${scene.possible ? t("Too many products to write out.") : ""}</p>`;
    }
    const drawn = cell.shares.find(({ channel }) => channel === scene.channel) ?? cell.shares[0];
    return html`
      <h2>
        ${t("output")}<code>[${cell.filter}, ${cell.row}, ${cell.column}]</code> =
        <output data-idea="output" class="idea">${rounded(cell.value)}</output>
      </h2>
      ${drawn ? this.products(scene, cell, drawn) : nothing} ${this.sums(scene, cell)}
    `;
  }

  /** The drawn channel's products, laid out as the kernel is. */
  private products(scene: Scene, cell: Cell, share: Share) {
    const rows = byRow(share.meetings);
    const widest = Math.max(0, ...rows.map((row) => row.length));
    if (widest === 0) return html`<p class="caption">${t("No stamp lands here.")}</p>`;
    if (widest > WIDEST_TABLE || rows.length > TALLEST_TABLE) return nothing;
    const isPooling = scene.layer.operation.includes("pool");
    return html`
      <table class="products">
        <caption class="visually-hidden">
          ${t("Products of input channel {channel}", { channel: share.channel })}
        </caption>
        ${rows.map(
          (row) => html`<tr>
            ${row.map((meeting) => html`<td class=${meeting === cell.winner ? "winner" : nothing}>${isPooling ? plain(meeting) : times(meeting)}</td>`)}
          </tr>`,
        )}
      </table>
    `;
  }

  private sums(scene: Scene, cell: Cell) {
    if (scene.layer.operation === "max_pool2d") {
      return html`<p class="sum">${t("the largest")} = <b class="idea" data-idea="output">${rounded(cell.value)}</b></p>`;
    }
    const sum = cell.shares.reduce((total, share) => total + share.sum, 0);
    if (cell.divisor !== null) {
      return html`<p class="sum">
        ${t("sum")} ${rounded(sum)} / ${cell.divisor} = <b class="idea" data-idea="output">${rounded(cell.value)}</b>
      </p>`;
    }
    const shown = cell.shares.slice(0, MOST_CHANNELS);
    const rest = cell.shares.slice(MOST_CHANNELS);
    return html`
      <p class="sum">
        ${shown.map((share, i) => html`${i ? " + " : ""}${this.channelSum(scene, share, cell.shares.length)}`)}
        ${
          rest.length
            ? html` + <span title=${t("{count} more channels", { count: rest.length })}>… ${factor(rest.reduce((total, { sum }) => total + sum, 0))}</span>`
            : nothing
        }
        ${cell.bias === null ? nothing : html` + <span class="idea" data-idea="kernel">${t("bias")} ${factor(cell.bias)}</span>`}
        = <b class="idea" data-idea="output">${rounded(cell.value)}</b>
      </p>
    `;
  }

  private channelSum(scene: Scene, share: Share, of: number) {
    if (of === 1) return html`<span>${factor(share.sum)}</span>`;
    const name = t("channel {channel}", { channel: share.channel });
    const choose = () =>
      this.dispatchEvent(new CustomEvent("channel-chosen", { detail: share.channel, bubbles: true }));
    return html`<button type="button" class="share" aria-pressed=${share.channel === scene.channel} title=${name} @click=${choose}><span class="visually-hidden">${t("channel")} </span><sub>${share.channel}</sub><span class="visually-hidden">: </span>${factor(share.sum)}</button>`;
  }
}

function byRow(meetings: readonly Meeting[]): Meeting[][] {
  const rows = new Map<number, Meeting[]>();
  for (const meeting of meetings) rows.set(meeting.row, [...(rows.get(meeting.row) ?? []), meeting]);
  return [...rows.values()];
}

function times(meeting: Meeting) {
  const isPadding = meeting.value === null;
  return html`<span class="idea" data-idea=${isPadding ? "padding" : "input"}>${factor(meeting.value ?? 0)}</span>·<span class="idea" data-idea="kernel">${factor(meeting.weight ?? 1)}</span>`;
}

function plain(meeting: Meeting) {
  return html`<span class="idea" data-idea="input">${meeting.value === null ? "–" : rounded(meeting.value)}</span>`;
}
