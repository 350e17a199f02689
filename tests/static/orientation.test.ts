import assert from "node:assert/strict";
import { test } from "node:test";
import { turnOf } from "../../static/src/lib/orientation.ts";

/** The head of a JPEG whose EXIF notes an orientation, after another segment as cameras write it. */
function jpeg(orientation: number, little: boolean): ArrayBuffer {
  const tiff = new DataView(new ArrayBuffer(26));
  tiff.setUint16(0, little ? 0x4949 : 0x4d4d);
  tiff.setUint16(2, 42, little);
  tiff.setUint32(4, 8, little);
  tiff.setUint16(8, 1, little);
  tiff.setUint16(10, 0x0112, little);
  tiff.setUint16(12, 3, little);
  tiff.setUint32(14, 1, little);
  tiff.setUint16(18, orientation, little);
  const bytes = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, 0, 8 + 26, 0x45, 0x78, 0x69, 0x66, 0, 0];
  return Uint8Array.from([...bytes, ...new Uint8Array(tiff.buffer), 0xff, 0xda]).buffer;
}

test("what a camera noted is read in either byte order", () => {
  for (const little of [true, false]) {
    assert.equal(turnOf(jpeg(1, little)), undefined);
    assert.deepEqual(turnOf(jpeg(3, little)), { degrees: 180, mirrored: false });
    assert.deepEqual(turnOf(jpeg(6, little)), { degrees: 90, mirrored: false });
    assert.deepEqual(turnOf(jpeg(5, little)), { degrees: 90, mirrored: true });
    assert.deepEqual(turnOf(jpeg(8, little)), { degrees: 270, mirrored: false });
    assert.equal(turnOf(jpeg(9, little)), undefined);
  }
});

test("of anything else nothing is said", () => {
  const whole = jpeg(6, true);
  assert.equal(turnOf(new ArrayBuffer(0)), undefined);
  assert.equal(turnOf(new TextEncoder().encode("GIF89a, not a JPEG").buffer), undefined);
  for (let length = 0; length < 38; length += 1) assert.equal(turnOf(whole.slice(0, length)), undefined);
});
