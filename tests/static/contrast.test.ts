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

function colour(name: string, theme: 0 | 1): string {
  const pair = palette.get(name);
  assert.ok(pair, `--${name} is in the palette`);
  return pair[theme];
}

/** WCAG's relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
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
    for (const line of ["edge", "negative", "positive", ...IDEAS.map((idea) => `${idea}-line`)]) {
      const ratio = contrast(colour(line, theme), colour("paper", theme));
      assert.ok(ratio >= 3, `--${line} on --paper: ${ratio.toFixed(2)}`);
    }
  });
}
