// The bytes of an 8-bit PNG, exactly. A canvas would give them too, but some browsers add noise to what is read back
// from one, and it is slower.

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** Bytes a pixel: 1 grey, 3 RGB. */
  readonly depth: 1 | 3;
  /** Row by row, without gaps. */
  readonly values: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const DEPTHS: Readonly<Record<number, 1 | 3>> = { 0: 1, 2: 3 };

/** Reads a grey or RGB PNG of 8 bits that is not interlaced. Throws where it is something else. */
export async function decodePng(bytes: Uint8Array<ArrayBuffer>): Promise<Bitmap> {
  if (SIGNATURE.some((byte, i) => bytes[i] !== byte)) throw new TypeError("not a PNG file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const depth = DEPTHS[view.getUint8(25)];
  if (view.getUint8(24) !== 8 || depth === undefined || view.getUint8(28) !== 0)
    throw new TypeError("a PNG file that is not 8-bit grey or RGB");
  const rows = await inflate(dataOf(bytes, view));
  if (rows.length !== height * (1 + width * depth)) throw new TypeError("a PNG file that is cut off");
  return { width, height, depth, values: unfilter(rows, width * depth, height, depth) };
}

/** The compressed data of all IDAT chunks. */
function dataOf(bytes: Uint8Array<ArrayBuffer>, view: DataView): BlobPart[] {
  const parts: BlobPart[] = [];
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  }
  return parts;
}

async function inflate(parts: BlobPart[]): Promise<Uint8Array> {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Undoes what each row says was done to it (PNG specification, section 9). */
function unfilter(rows: Uint8Array, across: number, height: number, depth: number): Uint8Array {
  const values = new Uint8Array(across * height);
  let above: Uint8Array = new Uint8Array(across);
  for (let row = 0; row < height; row += 1) {
    const start = row * (across + 1);
    const into = values.subarray(row * across, (row + 1) * across);
    unfilterRow(rows[start] ?? 0, rows.subarray(start + 1, start + 1 + across), above, into, depth);
    above = into;
  }
  return values;
}

function unfilterRow(
  filter: number,
  from: Uint8Array,
  above: Uint8Array,
  into: Uint8Array,
  depth: number,
): void {
  for (let i = 0; i < from.length; i += 1) {
    const left = i < depth ? 0 : (into[i - depth] ?? 0);
    const corner = i < depth ? 0 : (above[i - depth] ?? 0);
    into[i] = (from[i] ?? 0) + predicted(filter, left, above[i] ?? 0, corner);
  }
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4:
      return paeth(left, up, corner);
    default:
      return 0;
  }
}

/** Whichever of the three neighbours is nearest to left + up − corner, in this order of preference. */
function paeth(left: number, up: number, corner: number): number {
  const byLeft = Math.abs(up - corner);
  const byUp = Math.abs(left - corner);
  const byCorner = Math.abs(left + up - 2 * corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
