// The activations page: one view, its address, and the look that the server made of it. What the server writes (layers,
// answer, picture) is fetched again as the same page; what is painted and opened is done here.

import { html, render } from "lit";
import { type Paint, paintOf } from "../draw/strip.ts";
import { ActivationsLayer } from "../elements/activations-layer.ts";
import { ActivationsPicture, type PictureEvents } from "../elements/activations-picture.ts";
import { ActivationsStrips, type MapPlace } from "../elements/activations-strips.ts";
import { ActivationsUnit } from "../elements/activations-unit.ts";
import { type CropChange, CropFrame } from "../elements/crop-frame.ts";
import { GridCursor } from "../elements/grid-cursor.ts";
import { LayerMaps } from "../elements/layer-maps.ts";
import { Opened } from "../elements/opened.ts";
import { OwnPictures } from "../elements/own-pictures.ts";
import { replace, takeOver } from "../elements/parts.ts";
import { scaleChoice } from "../elements/scale-choice.ts";
import { ValueBars } from "../elements/value-bars.ts";
import { ValueMap } from "../elements/value-map.ts";
import { onThemeChange } from "../lib/appearance.ts";
import { ask, Trouble } from "../lib/ask.ts";
import { largestSquare, sameCrop } from "../lib/crop.ts";
import { loadMessages, t } from "../lib/i18n.ts";
import { onReturn, showState } from "../lib/location.ts";
import { type Look, readLook, unreachable } from "../lib/look.ts";
import { asksTheSame, closedTo, depthOf, pairsOf, parseView, type View } from "../lib/looking.ts";
import { Looks } from "../lib/looks.ts";
import { type Absent, missing } from "../lib/missing.ts";
import { formatQuery } from "../lib/query.ts";
import { largestOf, type ScaleOf, scaleOf } from "../lib/trace.ts";

await loadMessages();
for (const [name, element] of [
  ["grid-cursor", GridCursor],
  ["value-map", ValueMap],
  ["value-bars", ValueBars],
  ["layer-maps", LayerMaps],
  ["activations-unit", ActivationsUnit],
  ["activations-layer", ActivationsLayer],
  ["activations-strips", ActivationsStrips],
  ["crop-frame", CropFrame],
  ["activations-picture", ActivationsPicture],
] as const) {
  customElements.define(name, element);
}

const page = element<HTMLElement>(".looking");
const strips = element<ActivationsStrips>("activations-strips");
const picture = element<ActivationsPicture>("activations-picture");
const opened = new Opened();
const first = {
  network: page.dataset["network"] ?? "",
  image: page.dataset["image"] ?? "",
  address: page.dataset["page"] ?? location.pathname,
};

/** The server has the last word about the network: an address can name one that it does not have. */
let view: View = { ...parseView(new URLSearchParams(location.search), first), network: first.network };
let look: Look | null = null;
let paint: Paint = paintOf(page);
let scale: { of: ScaleOf; look: Look; name: View["scale"] } | undefined;
const own = new OwnPictures();
const looks = new Looks({
  show: (fresh, made) => {
    show(fresh, made);
    say();
    complain(undefined);
  },
  fail: complain,
  wait: (isWaiting) => {
    page.ariaBusy = isWaiting ? "true" : null;
  },
});
/** What tests/bench measures: said when the maps of another look have been painted. */
const PAINTED = "maps-painted";
let marked: string | undefined;
/** What the address asks for and this network does not have; a sentence, until the next step. */
let notice: string | undefined;
/** What is shown instead of a picture that was removed. */
const SAMPLE = "sample-cat";

function element<Kind extends Element>(selector: string): Kind {
  const found = document.querySelector<Kind>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** Takes a new view, writes it into the address, and draws it as soon as everything for it is here. */
function become(change: Partial<View>, { push = false, moving = false, patient = false } = {}): void {
  const next = { ...view, ...change };
  notice = undefined;
  const isAsking = !asksTheSame(view, next);
  view = next;
  if (!look) {
    // There is nothing to draw into: the page is loaded anew, in its language.
    const lang = new URLSearchParams(location.search).get("lang") ?? undefined;
    location.assign(`${first.address}?${formatQuery([...pairsOf(view), ["lang", lang]])}`);
    return;
  }
  showState(pairsOf(view), { push, moving });
  if (isAsking) void looks.ask(view, { patient });
  else draw();
}

/** Puts what the server wrote into this page, and paints it. */
function show(fresh: Document, made: Look): void {
  const isOther = look?.network !== made.network;
  look = made;
  if (isOther) {
    opened.panel.remove();
    replace(element(".strips"), fresh.querySelector(".strips") ?? element(".strips"));
  }
  takeOver(fresh);
  own.tell(view.image);
  draw();
}

function draw(): void {
  if (!look) return;
  leaveOut(missing(view, look));
  if (scale?.look !== look || scale.name !== view.scale) {
    scale = { of: scaleOf(look.traces.values(), view.scale), look, name: view.scale };
  }
  strips.show(look, view, scale.of, paint);
  if (marked !== look.sheet.url) performance.mark(PAINTED, { detail: look.sheet.url });
  marked = look.sheet.url;
  // Not the look's own crop: it may be of the view before, and a frame being moved would jump back to it.
  picture.show(look, view.crop ?? largestSquare(look));
  opened.show(
    { look, view, scale: scale.of, paint },
    view.layer === undefined ? undefined : strips.stripOf(view.layer),
  );
  render(
    notice ? html`<div class="wrong" role="status"><p>${notice}</p></div>` : html``,
    element<HTMLElement>("[data-missing]"),
  );
  const largest = Math.max(...look.layers.map(({ channels }) => largestOf(channels)));
  render(
    scaleChoice(view.scale, largest, (name) => become({ scale: name })),
    element<HTMLElement>("[data-scale]"),
  );
}

/** Closes what this look does not have, and says so: another network has other layers, an address names anything. */
function leaveOut(absent: Absent | undefined): void {
  if (!absent) return;
  view = closedTo(view, absent.depth);
  showState(pairsOf(view));
  notice = absent.sentence;
}

/** Says the answer to those who do not see it change. */
function say(): void {
  element("[data-spoken]").textContent = document.querySelector("[data-says]")?.textContent ?? "";
}

/** Says what went wrong where the picture is, with a way to try again. */
function complain(trouble: Trouble | undefined): void {
  const place = element<HTMLElement>("[data-trouble]");
  render(
    trouble
      ? html`<div class="wrong" role="alert">
          <p>${trouble.message}</p>
          ${trouble.status === 404 ? html`<p class="caption">${t("Choose your picture again, or begin with one of the samples.")}</p>` : html`<button type="button" @click=${() => void looks.ask(view)}>${t("Try again")}</button>`}
        </div>`
      : html``,
    place,
  );
}

strips.addEventListener("map-chosen", (event) => {
  const { layer, channel } = (event as CustomEvent<MapPlace>).detail;
  become({ layer, channel, row: undefined, column: undefined }, { push: true });
});

opened.panel.addEventListener("view-changed", (event) => {
  const { change, step } = (event as CustomEvent<{ change: Partial<View>; step: boolean }>).detail;
  withFocus(() => become(change, { push: step }), step);
});

picture.addEventListener("crop-changed", (event) => {
  const { crop, done } = (event as CustomEvent<CropChange>).detail;
  const isWhole = look && sameCrop(crop, largestSquare(look));
  become({ crop: isWhole ? undefined : crop }, { push: done, moving: !done, patient: !done });
});

picture.addEventListener("picture-sent", (event) => {
  const { picture: sent, turn, file } = (event as PictureEvents["picture-sent"]).detail;
  own.add(sent.id, turn, file);
  become({ image: sent.id, crop: undefined }, { push: true });
});

async function forget(image: string): Promise<void> {
  try {
    await ask(`/api/v1/images/${image}`, unreachable(), { method: "DELETE" });
    become({ image: SAMPLE, crop: undefined }, { push: true });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    complain(error);
  }
}

/** Links that change the view are followed here, unless a person wants them in another tab. */
page.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("a[href]");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || link.pathname !== location.pathname || !look) return;
  event.preventDefault();
  const to = parseView(new URLSearchParams(link.search), first);
  const isOpen = to.layer !== undefined && to.layer === view.layer;
  const inner =
    to.layer === undefined
      ? { layer: view.layer, channel: view.channel, row: view.row, column: view.column }
      : {};
  const closing = isOpen ? { layer: undefined, channel: undefined } : {};
  const change = { ...to, ...inner, scale: view.scale, ...closing };
  if (to.layer === undefined) become(change, { push: true });
  else withFocus(() => become(change, { push: true }));
});

page.addEventListener("click", ({ target }) => {
  const image = (target as Element).closest<HTMLElement>("[data-forget]")?.dataset["forget"];
  if (image) void forget(image);
});

page.addEventListener("change", (event) => {
  const box = event.target as HTMLInputElement;
  if (box.name !== "compare") return;
  const boxes = document.querySelectorAll<HTMLInputElement>('input[name="compare"]:checked');
  become({ compare: [...boxes].map(({ value }) => value) }, { push: true });
});

addEventListener("keydown", (event) => {
  const isTyping = (event.target as Element).matches("input, select, textarea");
  if (event.key !== "Escape" || isTyping || !opened.panel.isConnected) return;
  opened.panel.close();
});

/** Makes a step in what is open, and lets the keyboard go with it: into what opened, or back to the strip that closed.
 * Who uses a pointer keeps it where it was. */
function withFocus(change: () => void, isStep = true): void {
  const focused = document.activeElement;
  const strip = opened.panel.closest<HTMLElement>("[data-address]");
  const isByKeys = focused?.matches(":focus-visible") ?? false;
  change();
  if (opened.panel.isConnected) {
    if (isStep && isByKeys && depthOf(view) > 0) void opened.panel.focusInside();
  } else if (!focused?.isConnected) strip?.querySelector<HTMLElement>(".about")?.focus();
}

onReturn((query) => {
  const before = view;
  view = parseView(query, first);
  notice = undefined;
  if (!asksTheSame(before, view)) void looks.ask(view);
  else if (opened.panel.contains(document.activeElement)) withFocus(draw, depthOf(before) !== depthOf(view));
  else draw();
});

onThemeChange(() => {
  paint = paintOf(page);
  draw();
});

// A server that is just starting, or busy, says when to come back.
const again = document.querySelector<HTMLElement>("[data-again-seconds]")?.dataset["againSeconds"];
if (again) setTimeout(() => location.reload(), Number(again) * 1000);

try {
  look = await readLook(document);
  draw();
} catch (error) {
  if (!(error instanceof Trouble)) throw error;
  complain(error);
}
