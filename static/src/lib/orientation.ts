// Whether a camera noted that its picture must be turned: EXIF's orientation, read from the first bytes of a JPEG.

const ORIENTATION = 0x0112;
/** Where EXIF lies if there is any: before the picture, in a segment of at most 64 KB. */
export const HEAD_BYTES = 128 * 1024;

/** Degrees clockwise that bring the picture upright, and whether it is mirrored too. */
export interface Turn {
  readonly degrees: 0 | 90 | 180 | 270;
  readonly mirrored: boolean;
}

const TURNS: Readonly<Record<number, Turn>> = {
  2: { degrees: 0, mirrored: true },
  3: { degrees: 180, mirrored: false },
  4: { degrees: 180, mirrored: true },
  5: { degrees: 90, mirrored: true },
  6: { degrees: 90, mirrored: false },
  7: { degrees: 270, mirrored: true },
  8: { degrees: 270, mirrored: false },
};

/** How the server turns this picture; undefined where it leaves it as it is, or where that cannot be told from here. */
export function turnOf(head: ArrayBuffer): Turn | undefined {
  try {
    return TURNS[orientationOf(new DataView(head)) ?? 1];
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends in the middle
    throw error;
  }
}

function orientationOf(view: DataView): number | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2)) {
    const isExif = view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966;
    if (isExif) return fromTiff(view, at + 10);
  }
  return undefined;
}

function fromTiff(view: DataView, start: number): number | undefined {
  const little = view.getUint16(start) === 0x4949;
  const directory = start + view.getUint32(start + 4, little);
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i += 1) {
    const entry = directory + 2 + i * 12;
    if (view.getUint16(entry, little) === ORIENTATION) return view.getUint16(entry + 8, little);
  }
  return undefined;
}
