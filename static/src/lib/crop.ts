// The square of a picture that a network is shown: in pixels of the normalised picture, always inside it.

export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly side: number;
}

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** The smallest square that can be dragged or stepped to; a smaller one can still come by address. */
export const LEAST_SIDE_PX = 8;

/** Shares of the picture's shorter side that a key moves or resizes by; a leap is with Shift. */
const STEP = 0.01;
const LEAP = 0.1;

/** The centred largest square, which is what is shown when nobody has chosen; half a pixel goes to the top and left. */
export function largestSquare({ height, width }: Size): Crop {
  const side = Math.min(height, width);
  return { top: Math.floor((height - side) / 2), left: Math.floor((width - side) / 2), side };
}

/** The nearest square of whole pixels inside the picture. */
export function fitted({ top, left, side }: Crop, size: Size): Crop {
  const largest = Math.min(size.height, size.width);
  const fits = clamp(Math.round(side), Math.min(LEAST_SIDE_PX, largest), largest);
  return {
    top: clamp(Math.round(top), 0, size.height - fits),
    left: clamp(Math.round(left), 0, size.width - fits),
    side: fits,
  };
}

/** The same square elsewhere. */
export function moved(crop: Crop, down: number, right: number, size: Size): Crop {
  return fitted({ ...crop, top: crop.top + down, left: crop.left + right }, size);
}

/** A square with another side about the same centre. */
export function resized(crop: Crop, side: number, size: Size): Crop {
  const fits = fitted({ top: 0, left: 0, side }, size).side;
  const shift = (crop.side - fits) / 2;
  return fitted({ top: crop.top + shift, left: crop.left + shift, side: fits }, size);
}

/** A corner pulled to a point while the opposite corner stays; as large as the picture allows. */
export function pulled(crop: Crop, corner: Corner, y: number, x: number, size: Size): Crop {
  const bottom = crop.top + crop.side;
  const right = crop.left + crop.side;
  const upwards = corner.startsWith("top");
  const leftwards = corner.endsWith("left");
  const wanted = Math.max(upwards ? bottom - y : y - crop.top, leftwards ? right - x : x - crop.left);
  const room = Math.min(
    upwards ? bottom : size.height - crop.top,
    leftwards ? right : size.width - crop.left,
  );
  const side = clamp(Math.round(wanted), Math.min(LEAST_SIDE_PX, room), room);
  return { side, top: upwards ? bottom - side : crop.top, left: leftwards ? right - side : crop.left };
}

export const CORNERS = ["top-left", "top-right", "bottom-left", "bottom-right"] as const;
export type Corner = (typeof CORNERS)[number];

/** Where a key takes the square: arrows move it, + and − resize it about its centre, Home makes it the largest. */
export function keyedCrop(key: string, isLeap: boolean, crop: Crop, size: Size): Crop | undefined {
  const step = Math.max(1, Math.round(Math.min(size.height, size.width) * (isLeap ? LEAP : STEP)));
  switch (key) {
    case "ArrowUp":
      return moved(crop, -step, 0, size);
    case "ArrowDown":
      return moved(crop, step, 0, size);
    case "ArrowLeft":
      return moved(crop, 0, -step, size);
    case "ArrowRight":
      return moved(crop, 0, step, size);
    case "+":
    case "=":
      return resized(crop, crop.side + 2 * step, size);
    case "-":
    case "_":
    case "−":
      return resized(crop, crop.side - 2 * step, size);
    case "Home":
      return largestSquare(size);
    default:
      return undefined;
  }
}

export function sameCrop(one: Crop | undefined, other: Crop | undefined): boolean {
  return one?.top === other?.top && one?.left === other?.left && one?.side === other?.side;
}

/** `top,left,side` as in an address; undefined when it is not three whole numbers. */
export function parseCrop(text: string | null): Crop | undefined {
  const match = /^(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(text ?? "");
  if (!match) return undefined;
  const [, top, left, side] = match.map(Number);
  return { top: top ?? 0, left: left ?? 0, side: side ?? 0 };
}

export function formatCrop({ top, left, side }: Crop): string {
  return `${top},${left},${side}`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
