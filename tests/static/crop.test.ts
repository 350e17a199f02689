import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CORNERS,
  fitted,
  formatCrop,
  keyedCrop,
  largestSquare,
  moved,
  parseCrop,
  pulled,
  resized,
} from "../../static/src/lib/crop.ts";

const picture = { height: 480, width: 641 };

function isInside({ top, left, side }: { top: number; left: number; side: number }): boolean {
  return (
    [top, left, side].every(Number.isInteger) &&
    top >= 0 &&
    left >= 0 &&
    side >= 1 &&
    top + side <= picture.height &&
    left + side <= picture.width
  );
}

test("the largest square is centred, and half a pixel goes to the left", () => {
  assert.deepEqual(largestSquare(picture), { top: 0, left: 80, side: 480 });
  assert.deepEqual(largestSquare({ height: 641, width: 480 }), { top: 80, left: 0, side: 480 });
});

test("a square that is moved keeps its side and stops at the picture's edges", () => {
  const crop = { top: 10, left: 10, side: 100 };
  assert.deepEqual(moved(crop, -50, 5, picture), { top: 0, left: 15, side: 100 });
  assert.deepEqual(moved(crop, 1000, 1000, picture), { top: 380, left: 541, side: 100 });
});

test("a square that is resized keeps its centre where there is room", () => {
  assert.deepEqual(resized({ top: 100, left: 100, side: 100 }, 60, picture), {
    top: 120,
    left: 120,
    side: 60,
  });
  assert.deepEqual(resized({ top: 0, left: 0, side: 20 }, 60, picture), { top: 0, left: 0, side: 60 });
  assert.equal(resized({ top: 0, left: 0, side: 20 }, 9999, picture).side, 480);
});

test("pulling a corner leaves the opposite one where it is", () => {
  const crop = { top: 100, left: 200, side: 100 };
  assert.deepEqual(pulled(crop, "bottom-right", 250, 250, picture), { top: 100, left: 200, side: 150 });
  assert.deepEqual(pulled(crop, "top-left", 50, 190, picture), { top: 50, left: 150, side: 150 });
  assert.deepEqual(pulled(crop, "top-right", 150, 310, picture), { top: 90, left: 200, side: 110 });
  assert.deepEqual(pulled(crop, "bottom-left", 210, 190, picture), { top: 100, left: 190, side: 110 });
});

test("whatever is pulled where, the square stays inside the picture", () => {
  for (const corner of CORNERS) {
    for (let y = -700; y <= 700; y += 97) {
      for (let x = -700; x <= 900; x += 89) {
        assert.ok(isInside(pulled({ top: 100, left: 200, side: 100 }, corner, y, x, picture)));
        assert.ok(isInside(fitted({ top: y + 0.4, left: x - 0.3, side: y / 3 }, picture)));
      }
    }
  }
});

test("a picture smaller than the smallest square is taken whole", () => {
  assert.deepEqual(fitted({ top: 0, left: 0, side: 1 }, { height: 3, width: 5 }), {
    top: 0,
    left: 0,
    side: 3,
  });
});

test("an address's crop is read back as it was written, and nothing else is taken for one", () => {
  const crop = { top: 3, left: 40, side: 120 };
  assert.deepEqual(parseCrop(formatCrop(crop)), crop);
  for (const text of [null, "", "1,2", "1,2,3,4", "-1,2,3", "1.5,2,3", "a,b,c", "1, 2, 3"]) {
    assert.equal(parseCrop(text), undefined);
  }
});

test("arrows move the square, plus and minus resize it, with Shift in leaps, Home makes it the largest", () => {
  const crop = { top: 100, left: 200, side: 100 };
  const step = (key: string, leap = false) => keyedCrop(key, leap, crop, picture);
  assert.deepEqual(step("ArrowRight"), { top: 100, left: 205, side: 100 });
  assert.deepEqual(step("ArrowUp", true), { top: 52, left: 200, side: 100 });
  assert.deepEqual(step("+"), { top: 95, left: 195, side: 110 });
  assert.deepEqual(step("-"), { top: 105, left: 205, side: 90 });
  assert.deepEqual(step("Home"), largestSquare(picture));
  assert.equal(step("a"), undefined);
});
