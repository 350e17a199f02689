import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../static/src/styles/site/tokens.css", import.meta.url), "utf8");

/** Every colour of the palette, light and dark, by its name. */
const palette = new Map(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = "", light = "", dark = ""]) => [name, [light, dark] as const],
  ),
);

const IDEAS = ["input", "kernel", "output", "padding", "stride", "dilation", "channels"];

const OPTIMIZERS = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "muon"];

/** Linear RGB as those see it who lack a kind of cone (Machado, Oliveira and Fernandes, 2009). */
const SIGHTS = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

function colour(name: string, theme: 0 | 1): string {
  const pair = palette.get(name);
  assert.ok(pair, `--${name} is in the palette`);
  return pair[theme];
}

function linear(hex: string): readonly number[] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

/** OKLab, a hundredfold, of a colour as it is seen. */
function seen(hex: string, sight: readonly number[]): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = linear(hex);
  const [r = 0, g = 0, b = 0] = [0, 3, 6].map((row) =>
    Math.max(0, (sight[row] ?? 0) * red + (sight[row + 1] ?? 0) * green + (sight[row + 2] ?? 0) * blue),
  );
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    100 * (0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s),
    100 * (1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s),
    100 * (0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s),
  ];
}

/** WCAG's relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = linear(hex);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

for (const [theme, name] of [
  [0, "light"],
  [1, "dark"],
] as const) {
  test(`in the ${name} theme text stands out from what it is printed on`, () => {
    for (const text of ["ink", "quiet", "accent", "wrong", ...IDEAS]) {
      for (const ground of ["paper", "wash"]) {
        const ratio = contrast(colour(text, theme), colour(ground, theme));
        assert.ok(ratio >= 4.5, `--${text} on --${ground}: ${ratio.toFixed(2)}`);
      }
    }
    assert.ok(contrast(colour("on-accent", theme), colour("accent", theme)) >= 4.5);
    assert.ok(contrast(colour("wrong", theme), colour("wrong-tint", theme)) >= 4.5);
  });

  test(`in the ${name} theme numbers can be read on every tint, in ink and in the tint's own idea`, () => {
    for (const idea of IDEAS) {
      for (const text of ["ink", idea]) {
        const ratio = contrast(colour(text, theme), colour(`${idea}-tint`, theme));
        assert.ok(ratio >= 4.5, `--${text} on --${idea}-tint: ${ratio.toFixed(2)}`);
      }
    }
  });

  test(`in the ${name} theme lines of figures and borders of controls can be seen`, () => {
    for (const line of [
      "edge",
      "negative",
      "positive",
      ...[...IDEAS, ...OPTIMIZERS].map((idea) => `${idea}-line`),
    ]) {
      const ratio = contrast(colour(line, theme), colour("paper", theme));
      assert.ok(ratio >= 3, `--${line} on --paper: ${ratio.toFixed(2)}`);
    }
  });

  test(`in the ${name} theme two optimizers are never of one colour, whoever looks`, () => {
    for (const [sight, matrix] of Object.entries(SIGHTS)) {
      for (const one of OPTIMIZERS) {
        for (const other of OPTIMIZERS.slice(OPTIMIZERS.indexOf(one) + 1)) {
          const [a, b] = [one, other].map((each) => seen(colour(`${each}-line`, theme), matrix));
          const apart = Math.hypot(...[0, 1, 2].map((i) => (a?.[i] ?? 0) - (b?.[i] ?? 0)));
          assert.ok(apart >= 8, `${sight}: --${one}-line and --${other}-line are ${apart.toFixed(1)} apart`);
        }
      }
    }
  });
}
