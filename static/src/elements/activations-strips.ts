// <activations-strips>: the network as a column of strips that the server wrote, one a layer; this paints each layer's
// maps on one canvas in its strip. Only what is near the window is painted, the rest when it comes near.

import { type Tiling, tileAt, tileUnder } from "../draw/atlas.ts";
import { overviewTiling, type Paint, paintLayer } from "../draw/strip.ts";
import { describeMap } from "../draw/words.ts";
import type { Look } from "../lib/look.ts";
import type { View } from "../lib/looking.ts";
import type { LayerTrace, ScaleOf } from "../lib/trace.ts";

export interface MapPlace {
  readonly layer: string;
  readonly channel: number;
}

export interface StripsEvents {
  /** A map was clicked. */
  "map-chosen": CustomEvent<MapPlace>;
}

/** How far outside the window strips are painted before they are seen. */
const AHEAD_PX = 600;

interface Strip {
  readonly element: HTMLElement;
  readonly tiles: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  tiling: Tiling | undefined;
  /** What the canvas shows at this moment; undefined before the first time. */
  painted: Picture | undefined;
}

/** Everything that a canvas depends on. */
interface Picture {
  readonly trace: LayerTrace;
  readonly scale: ScaleOf;
  readonly paint: Paint;
  readonly room: number;
}

export class ActivationsStrips extends HTMLElement {
  private readonly strips = new Map<string, Strip>();
  private shown: { look: Look; view: View; scale: ScaleOf; paint: Paint } | undefined;
  private pointed: MapPlace | undefined;
  private readonly nearby = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const strip = this.strips.get((target as HTMLElement).dataset["address"] ?? "");
        if (strip && isIntersecting) this.paint(strip);
      }
    },
    { rootMargin: `${AHEAD_PX}px 0px` },
  );
  private readonly resized = new ResizeObserver(() => this.paintNear());

  connectedCallback(): void {
    this.resized.observe(this);
    this.addEventListener("pointermove", this.onMove);
    this.addEventListener("pointerleave", this.onLeave);
    this.addEventListener("click", this.onClick);
  }

  disconnectedCallback(): void {
    this.resized.disconnect();
    this.nearby.disconnect();
  }

  /** Shows a look; strips that are near the window are painted before this returns. */
  show(look: Look, view: View, scale: ScaleOf, paint: Paint): void {
    this.shown = { look, view, scale, paint };
    this.collect();
    for (const [address, strip] of this.strips) {
      const isOpen = address === view.layer;
      strip.element.toggleAttribute("data-open", isOpen);
      strip.element.querySelector(".about")?.setAttribute("aria-expanded", String(isOpen));
      // An open layer shows its maps large, an open map shows which of them it is.
      strip.canvas.hidden = isOpen && view.channel === undefined;
    }
    this.paintNear();
  }

  /** The strip of a layer, for what opens in it. */
  stripOf(address: string): HTMLElement | undefined {
    return this.strips.get(address)?.element;
  }

  private collect(): void {
    const elements = this.querySelectorAll<HTMLElement>("[data-address]");
    const seen = new Set<string>();
    for (const element of elements) {
      const address = element.dataset["address"] ?? "";
      seen.add(address);
      const tiles = element.querySelector<HTMLElement>(".tiles");
      if (!tiles || this.strips.get(address)?.element === element) continue;
      const canvas = document.createElement("canvas");
      canvas.width = canvas.height = 0; // it begins with 300 × 150 pixels, which would push what is below away
      canvas.ariaHidden = "true"; // the strip's heading says in words what is painted
      tiles.replaceChildren(canvas);
      this.strips.set(address, { element, tiles, canvas, tiling: undefined, painted: undefined });
      this.nearby.observe(element);
    }
    for (const [address, { element }] of this.strips) {
      if (seen.has(address)) continue;
      this.nearby.unobserve(element);
      this.strips.delete(address);
    }
  }

  private paintNear(): void {
    const strips = [...this.strips.values()];
    // All reading before all painting, so that the page is laid out once.
    const near = strips.filter(({ element }) => {
      const { top, bottom } = element.getBoundingClientRect();
      return bottom > -AHEAD_PX && top < innerHeight + AHEAD_PX;
    });
    for (const strip of near) this.paint(strip);
  }

  private paint(strip: Strip): void {
    const trace = this.shown?.look.traces.get(strip.element.dataset["address"] ?? "");
    const room = strip.tiles.clientWidth;
    if (!this.shown || !trace || room === 0) return;
    const { look, scale, paint } = this.shown;
    const { painted } = strip;
    if (
      painted?.trace !== trace ||
      painted.scale !== scale ||
      painted.paint !== paint ||
      painted.room !== room
    ) {
      strip.tiling = overviewTiling(trace, room);
      strip.painted = { trace, scale, paint, room };
      paintLayer(strip.canvas, trace, look.levels, strip.tiling, scale, paint);
    }
    this.markChosen(strip);
  }

  /** Outlines the map that is open. */
  private markChosen({ element, tiles, tiling }: Strip): void {
    const { layer, channel } = this.shown?.view ?? {};
    const isHere = element.dataset["address"] === layer && channel !== undefined && tiling !== undefined;
    const mark = tiles.querySelector<HTMLElement>(".chosen");
    if (!isHere) {
      mark?.remove();
      return;
    }
    const outline =
      mark ?? tiles.appendChild(Object.assign(document.createElement("span"), { className: "chosen" }));
    const { x, y } = tileAt(tiling, channel);
    for (const [name, value] of [
      ["left", x],
      ["top", y],
      ["width", tiling.width],
      ["height", tiling.height],
    ] as const) {
      outline.style.setProperty(name, `${value}px`);
    }
  }

  private readonly onMove = (event: PointerEvent) => this.pointAt(this.placeUnder(event));

  private readonly onLeave = () => this.pointAt(undefined);

  private readonly onClick = (event: MouseEvent) => {
    const place = this.placeUnder(event);
    if (place) this.dispatchEvent(new CustomEvent("map-chosen", { detail: place }));
  };

  private pointAt(place: MapPlace | undefined): void {
    if (place?.layer === this.pointed?.layer && place?.channel === this.pointed?.channel) return;
    this.readOut(this.pointed, "");
    this.pointed = place;
    const trace = place && this.shown?.look.traces.get(place.layer);
    if (place && trace) this.readOut(place, describeMap(trace, place.channel));
  }

  /** Says in the strip's own heading which map the pointer is on. */
  private readOut(place: MapPlace | undefined, text: string): void {
    const line = place && this.strips.get(place.layer)?.element.querySelector(".pointed-map");
    if (line) line.textContent = text;
  }

  private placeUnder({ target, clientX, clientY }: MouseEvent): MapPlace | undefined {
    if (!(target instanceof HTMLCanvasElement)) return undefined;
    const layer = target.closest<HTMLElement>("[data-address]")?.dataset["address"] ?? "";
    const strip = this.strips.get(layer);
    if (strip?.canvas !== target || !strip.tiling) return undefined;
    const box = target.getBoundingClientRect();
    const channel = tileUnder(strip.tiling, clientX - box.left, clientY - box.top);
    return channel === undefined ? undefined : { layer, channel };
  }
}
