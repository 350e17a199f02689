// <activations-layer>: one layer open: all its maps larger, or one map large with its values, or a flat layer's bars; and
// of the value that is open, how it came about.

import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { Paint } from "../draw/strip.ts";
import { exactly, written } from "../draw/values.ts";
import { mapName } from "../draw/words.ts";
import { t } from "../lib/i18n.ts";
import type { Look } from "../lib/look.ts";
import { depthOf, type View } from "../lib/looking.ts";
import { at, mapOf, type Tensor } from "../lib/npy.ts";
import { count as grouped } from "../lib/numbers.ts";
import { isFlat, type LayerTrace, mapSize, type ScaleOf } from "../lib/trace.ts";
import type { UnitAnswer } from "../lib/unit.ts";
import type { Cell } from "../lib/walk.ts";
import { mapTable, valueTable } from "./layer-tables.ts";
import { legend } from "./legend.ts";

/** What a layer asks of the page. */
export interface LayerEvents {
  /** Another view: deeper, beside, or back. `step` says whether Back should undo it. */
  "view-changed": CustomEvent<{ change: Partial<View>; step: boolean }>;
  /** The value or map under the pointer: what it sees is shown on the picture. */
  "unit-pointed": CustomEvent<Partial<Pick<View, "channel" | "row" | "column">> | null>;
}

const MOST_FRAMES = 60;

export class ActivationsLayer extends LitElement {
  static override properties = {
    look: { attribute: false },
    trace: { attribute: false },
    tensor: { attribute: false },
    view: { attribute: false },
    scale: { attribute: false },
    paint: { attribute: false },
    unit: { attribute: false },
    explaining: { attribute: false },
    trouble: { attribute: false },
    classes: { attribute: false },
    seen: { attribute: false },
    picture: { attribute: false },
    pointed: { state: true },
  };

  declare look: Look | undefined;
  declare trace: LayerTrace | undefined;
  /** The layer's values, once they are here. */
  declare tensor: Tensor | undefined;
  declare view: View | undefined;
  declare scale: ScaleOf | undefined;
  declare paint: Paint | undefined;
  declare unit: UnitAnswer | undefined;
  /** Whether the open value's arithmetic is on its way; `unit` is then missing, or still another value's. */
  declare explaining: boolean;
  /** Why values or a value's arithmetic did not come; a sentence. */
  declare trouble: string | undefined;
  /** The words for the values of the last layer. */
  declare classes: readonly string[];
  /** How much of the picture a value of this layer sees: a sentence. */
  declare seen: string;
  /** The 32 × 32 pixels that entered, as a data address. */
  declare picture: string;
  declare private pointed: Cell | null;

  constructor() {
    super();
    this.explaining = false;
    this.classes = [];
    this.seen = "";
    this.picture = "";
    this.pointed = null;
  }

  protected override createRenderRoot(): this {
    return this;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { trace, view } = this;
    if (!trace || !view) return nothing;
    return html`
      <div class="panel-bar">
        ${this.heading(trace, view)}
        <button type="button" class="quiet" data-close @click=${() => this.close()}>${t("Close")} <kbd>Esc</kbd></button>
      </div>
      ${isFlat(trace) ? this.flat(trace, view) : view.channel === undefined ? this.maps(trace) : this.map(trace, view, view.channel)}
      ${this.trouble ? html`<div class="wrong" role="alert"><p>${this.trouble}</p><button type="button" @click=${() => this.change({}, false)}>${t("Try again")}</button></div>` : nothing}
    `;
  }

  /** Puts the keyboard where the view has just opened, as soon as that is laid out: a few frames from now. */
  async focusInside(): Promise<void> {
    for (let frame = 0; frame < MOST_FRAMES && this.isConnected; frame += 1) {
      await this.updateComplete;
      const cell = this.querySelector<HTMLElement>('[role="gridcell"]');
      if (cell) {
        cell.focus({ preventScroll: true });
        return;
      }
      await new Promise(requestAnimationFrame);
    }
  }

  private heading(trace: LayerTrace, view: View) {
    const count = trace.channels.length;
    if (isFlat(trace))
      return html`<p><code>${trace.name}</code> ${t("{count} values in one row.", { count: grouped(count) })} ${this.seen}</p>`;
    const { channel } = view;
    if (channel === undefined) {
      const { height, width } = mapSize(trace);
      return html`<p><code>${trace.name}</code> ${t("{count} maps of {height} × {width}.", { count: grouped(count), height, width })} ${this.seen}</p>`;
    }
    const step = (to: number) => this.change({ channel: to }, false);
    return html`
      <p class="map-name">
        <button type="button" class="icon" aria-label=${t("Previous map")} ?disabled=${channel === 0} @click=${() => step(channel - 1)}>‹</button>
        <b>${mapName(trace, channel)}</b>
        <button type="button" class="icon" aria-label=${t("Next map")} ?disabled=${channel === count - 1} @click=${() => step(channel + 1)}>›</button>
        <code>${trace.name}</code>
        <button type="button" class="quiet" @click=${() => this.change({ channel: undefined, row: undefined, column: undefined }, true)}>${t("All {count} maps", { count: grouped(count) })}</button>
      </p>`;
  }

  private maps(trace: LayerTrace) {
    return html`
      <layer-maps
        .trace=${trace}
        .levels=${this.look?.levels}
        .scale=${this.scale}
        .paint=${this.paint}
        @map-opened=${(event: CustomEvent<number>) => this.change({ channel: event.detail }, true)}
      ></layer-maps>`;
  }

  /** One map large, and beside it the arithmetic of the value that is open. */
  private map(trace: LayerTrace, view: View, channel: number) {
    const { tensor, scale } = this;
    const { height, width } = mapSize(trace);
    const largest = scale?.(trace, channel) ?? 0;
    const cell =
      view.row === undefined || view.column === undefined
        ? undefined
        : { row: view.row, column: view.column };
    const shown = this.pointed ?? cell;
    return html`
      <div class="open-map">
        <figure class="map">
          <value-map
            .values=${tensor ? mapOf(tensor, channel) : undefined}
            .height=${height}
            .width=${width}
            .largest=${largest}
            .paint=${this.paint}
            .cell=${cell}
            .name=${t("Values of {name}; Enter shows the arithmetic of one", { name: mapName(trace, channel) })}
            @pointed=${(event: CustomEvent<Cell | null>) => this.pointAt(event.detail, channel)}
            @chosen=${(event: CustomEvent<Cell>) => this.openValue(event.detail)}
            @walked=${(event: CustomEvent<Cell>) => cell && this.openValue(event.detail)}
          ></value-map>
          ${legend(largest)}
          <p class="reading">${shown && tensor ? this.readValue(tensor, channel, shown) : tensor ? t("Choose a value to see its arithmetic.") : t("Fetching the values …")}</p>
          ${tensor ? mapTable(tensor, channel) : nothing}
        </figure>
        ${cell ? this.arithmetic(trace, channel, cell) : nothing}
      </div>`;
  }

  private readValue(tensor: Tensor, channel: number, { row, column }: Cell): string {
    return t("row {row}, column {column}: {value}", {
      row,
      column,
      value: written(at(tensor, channel, row, column)),
    });
  }

  /** A flat layer as bars, and under them the arithmetic of the value that is open. */
  private flat(trace: LayerTrace, view: View) {
    const values = this.tensor?.values ?? trace.channels.map(({ minimum }) => minimum ?? Number.NaN);
    const { channel } = view;
    const isLast = this.classes.length === trace.channels.length;
    const name = (index: number) => (isLast ? (this.classes[index] ?? "") : t("value {index}", { index }));
    const shown = this.pointed?.column ?? channel;
    return html`
      <figure class="flat-values">
        <value-bars
          .values=${values}
          .labels=${isLast ? this.classes : []}
          .index=${channel}
          .name=${t("Values; Enter shows the arithmetic of one")}
          .nameOf=${name}
          @pointed=${(event: CustomEvent<number | null>) => this.pointAt(event.detail === null ? null : { row: 0, column: event.detail }, event.detail)}
          @chosen=${(event: CustomEvent<number>) => this.change({ channel: event.detail }, channel === undefined)}
          @walked=${(event: CustomEvent<number>) => channel !== undefined && this.change({ channel: event.detail }, false)}
        ></value-bars>
        <p class="reading">${shown === undefined ? t("Choose a value to see its arithmetic.") : `${name(shown)}: ${written(values[shown] ?? Number.NaN)}`}</p>
        ${valueTable(values, name)}
      </figure>
      ${channel === undefined ? nothing : this.arithmetic(trace, channel, undefined, name(channel))}`;
  }

  private arithmetic(
    trace: LayerTrace,
    channel: number,
    cell: Cell | undefined,
    name = mapName(trace, channel),
  ) {
    const { unit, tensor, explaining } = this;
    const place = { channel, row: cell?.row, column: cell?.column };
    const value = tensor ? at(tensor, channel, cell?.row, cell?.column) : undefined;
    return html`
      <section class="arithmetic" aria-labelledby="arithmetic-title" aria-busy=${explaining ? "true" : nothing}>
        <h2 id="arithmetic-title">
          ${cell ? t("{name}, row {row}, column {column}", { name, ...cell }) : name}
          ${value === undefined ? nothing : html` = <output class="idea" data-idea="output">${written(value)}</output>`}
        </h2>
        <div class="seen-here"><img src=${this.picture} width="32" height="32" alt=""></div>
        ${explaining && !unit ? html`<p class="reading" role="status">${t("Fetching the arithmetic …")}</p>` : nothing}
        <activations-unit
          .unit=${unit}
          .paint=${this.paint}
          .place=${place}
          .nameOf=${(address: string) => this.look?.traces.get(address)?.name ?? address}
          @origin-chosen=${(event: CustomEvent<Partial<View>>) => this.change(event.detail, true)}
        ></activations-unit>
        ${value === undefined ? nothing : html`<p class="caption">${t("As the network computed it, in float32: {value}", { value: exactly(value) })}</p>`}
      </section>`;
  }

  private openValue(cell: Cell): void {
    const isDeeper = this.view !== undefined && depthOf(this.view) < 3;
    this.change({ row: cell.row, column: cell.column }, isDeeper);
  }

  /** Closes the deepest of what is open. */
  close(): void {
    if (!this.view || !this.trace) return;
    const depth = depthOf(this.view);
    if (depth === 3) this.change({ row: undefined, column: undefined }, true);
    else if (depth === 2) this.change({ channel: undefined }, true);
    else this.change({ layer: undefined }, true);
  }

  private pointAt(cell: Cell | null, channel: number | null): void {
    this.pointed = cell;
    const detail =
      cell === null || channel === null
        ? null
        : { channel, ...(this.trace && isFlat(this.trace) ? {} : cell) };
    this.dispatchEvent(new CustomEvent("unit-pointed", { detail }));
  }

  private change(change: Partial<View>, step: boolean): void {
    this.dispatchEvent(new CustomEvent("view-changed", { detail: { change, step } }));
  }
}
