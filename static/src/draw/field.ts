// What a value sees of the picture: a frame on the 32 × 32 pixels, and the same on the square they were made of.

import type { Crop, Size } from "../lib/crop.ts";
import type { Box } from "../lib/unit.ts";

/** Rows and columns of what every network here is shown. */
const INPUT_SIDE = 32;

/** Puts a frame over what is seen, in shares of the box it lies in; takes it away where nothing is. */
export function frameField(parent: Element | null, box: Box | undefined): void {
  const frame = parent?.querySelector<HTMLElement>(":scope > .field");
  if (!parent || !box || box.bottom <= box.top || box.right <= box.left) {
    frame?.remove();
    return;
  }
  const element =
    frame ?? parent.appendChild(Object.assign(document.createElement("div"), { className: "field" }));
  const share = (cells: number) => `${(100 * cells) / INPUT_SIDE}%`;
  element.style.setProperty("top", share(box.top));
  element.style.setProperty("left", share(box.left));
  element.style.setProperty("width", share(box.right - box.left));
  element.style.setProperty("height", share(box.bottom - box.top));
}

/** Puts an element where the crop lies on the picture, so that what is in it can be placed by shares of the crop. */
export function placeOnCrop(element: HTMLElement, crop: Crop, { height, width }: Size): void {
  element.style.setProperty("top", `${(100 * crop.top) / height}%`);
  element.style.setProperty("left", `${(100 * crop.left) / width}%`);
  element.style.setProperty("width", `${(100 * crop.side) / width}%`);
  element.style.setProperty("height", `${(100 * crop.side) / height}%`);
}
