// The ramp of signed values: negative blue, zero the paper's colour, positive orange, mixed in OKLab. The ends come from
// tokens.css, so that one table serves both themes.

export type Rgb = readonly [number, number, number];

/** Colours of the ramp, 0…255 for −scale…+scale; index 128 is the paper. Three bytes each. */
export type RampTable = Uint8ClampedArray;

const MIDDLE = 128;

/** The table between three sRGB colours (0…255). */
export function rampTable(negative: Rgb, zero: Rgb, positive: Rgb): RampTable {
  const table = new Uint8ClampedArray(256 * 3);
  const [low, middle, high] = [toOklab(negative), toOklab(zero), toOklab(positive)];
  for (let i = 0; i < 256; i += 1) {
    const [from, to, share] =
      i < MIDDLE ? [low, middle, i / MIDDLE] : [middle, high, (i - MIDDLE) / (255 - MIDDLE)];
    table.set(fromOklab(mix(from, to, share)), i * 3);
  }
  return table;
}

/** The table of the theme in force at `element`. */
export function rampOf(element: Element): RampTable {
  return rampTable(
    colourOf(element, "--negative"),
    colourOf(element, "--paper"),
    colourOf(element, "--positive"),
  );
}

/** A colour of tokens.css in the theme in force at `element`. */
export function colourOf(element: Element, name: `--${string}`): Rgb {
  const probe = document.createElement("span");
  element.append(probe);
  probe.style.setProperty("color", `var(${name})`);
  const colour = parseRgb(getComputedStyle(probe).color);
  probe.remove();
  return colour;
}

/** Where `value` lies in the table, for a scale that reaches from −`largest` to +`largest`. */
export function rampIndex(value: number, largest: number): number {
  if (largest <= 0 || !Number.isFinite(value)) return MIDDLE;
  const share = Math.max(-1, Math.min(1, value / largest));
  return Math.round(MIDDLE + share * (share < 0 ? MIDDLE : 255 - MIDDLE));
}

function parseRgb(text: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue];
}

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

// Björn Ottosson's OKLab, 2020.
function toOklab([red, green, blue]: Rgb): Rgb {
  const r = toLinear(red);
  const g = toLinear(green);
  const b = toLinear(blue);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function toLinear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  const clipped = Math.max(0, Math.min(1, value));
  return 255 * (clipped <= 0.0031308 ? clipped * 12.92 : 1.055 * clipped ** (1 / 2.4) - 0.055);
}
