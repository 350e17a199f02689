import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cellSize,
  exactly,
  isDark,
  paintCells,
  showsNumbers,
  written,
} from "../../static/src/draw/values.ts";
import { rampTable } from "../../static/src/lib/ramp.ts";

test("a value is written with three decimals at most and a true minus sign", () => {
  assert.deepEqual([0.12345, -0.5, 2, -0.0001, Number.NaN].map(written), ["0.123", "−0.5", "2", "0", "–"]);
});

test("a float32 in full has the fewest digits that no other float32 has", () => {
  for (const text of ["0.1", "−0.3", "16777216", "1.1754944e−38"]) {
    assert.equal(exactly(Math.fround(Number(text.replace(/−/g, "-")))), text);
  }
  for (const value of [Math.fround(1 / 3), Math.fround(-7.9349646), Math.fround(1e-20)]) {
    assert.equal(Math.fround(Number(exactly(value).replace(/−/g, "-"))), value);
  }
});

test("every value of a map becomes one pixel of its colour", () => {
  const palette = Uint32Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual([...paintCells([-4, 0, 4, 2], 4, palette)], [0, 128, 255, 192]);
});

test("cells are whole pixels and numbers stand where they fit", () => {
  assert.equal(cellSize(32, 32, 352), 11);
  assert.equal(cellSize(8, 4, 352), 44);
  assert.equal(cellSize(500, 500, 352), 1);
  assert.ok(showsNumbers(cellSize(8, 8, 352)) && !showsNumbers(cellSize(16, 16, 352)));
});

test("a number in a cell has at least 4.5 : 1 on every colour of the ramp, in both themes", () => {
  const themes = [
    [
      [0, 114, 178],
      [252, 252, 250],
      [208, 124, 0],
    ],
    [
      [79, 176, 238],
      [22, 25, 28],
      [242, 168, 46],
    ],
  ] as const;
  for (const ends of themes) {
    const [negative, zero, positive] = ends;
    const table = rampTable(negative, zero, positive);
    for (let index = 0; index < 256; index += 1) {
      const [r = 0, g = 0, b = 0] = [...table.subarray(index * 3, index * 3 + 3)].map((byte) => {
        const share = byte / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      const behind = 0.2126 * r + 0.7152 * g + 0.0722 * b;
      const contrast = isDark(table, index) ? 1.05 / (behind + 0.05) : (behind + 0.05) / 0.05;
      assert.ok(contrast >= 4.5, `${index}: ${contrast}`);
    }
  }
});
