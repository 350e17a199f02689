// NumPy's .npy files, as far as the server writes them: little-endian float32 in C order.

export interface Tensor {
  /** (C, H, W), or (F,). */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const MAGIC = "\x93NUMPY";

/** Reads format 1.0 to 3.0. Throws where the bytes are something else. */
export function parseNpy(bytes: ArrayBuffer): Tensor {
  const head = new Uint8Array(bytes, 0, Math.min(12, bytes.byteLength));
  if (String.fromCharCode(...head.subarray(0, 6)) !== MAGIC) throw new TypeError("not an .npy file");
  const view = new DataView(bytes);
  const isLong = (head[6] ?? 1) > 1;
  const start = isLong ? 12 : 10;
  const end = start + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = new TextDecoder().decode(new Uint8Array(bytes, start, end - start));
  const shape = /'shape': \(([\d, ]*)\)/.exec(header)?.[1];
  if (!header.includes("'descr': '<f4'") || !header.includes("'fortran_order': False") || shape === undefined)
    throw new TypeError(`an .npy file that is not float32 in C order: ${header.trim()}`);
  const sizes = shape
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const count = sizes.reduce((product, size) => product * size, 1);
  // The values start at a multiple of 64, so the buffer can be used as it is.
  return { shape: sizes, values: new Float32Array(bytes, end, count) };
}

/** One value: of a flat tensor by its channel alone. NaN outside. */
export function at({ shape, values }: Tensor, channel: number, row = 0, column = 0): number {
  const [, height = 1, width = 1] = shape;
  return values[(channel * height + row) * width + column] ?? Number.NaN;
}

/** The values of one channel, a view of the tensor: H·W of them, or one. */
export function mapOf({ shape, values }: Tensor, channel: number): Float32Array {
  const [, height = 1, width = 1] = shape;
  return values.subarray(channel * height * width, (channel + 1) * height * width);
}
