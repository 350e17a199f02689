// What a sliding window does along one axis, as in app/arithmetic/geometry.py; both are held to the cases in
// tests/cases. Sizes and indices are in cells. An index is a cell of the input before padding, so cells of the
// padding before it are negative. Deep learning's convolution is cross-correlation: the kernel is not flipped.

import { type Fraction, fraction, gcd } from "./fraction.ts";
import { dilationOf, isConvolution, type Layer, type Pair, strideOf } from "./layer.ts";

/** An input cell and the place in the kernel that it meets. */
export interface Tap {
  readonly cell: number;
  readonly weight: number;
}

interface Common {
  /** Input cells. */
  readonly size: number;
  /** Cells of padding before and after the input; a transposed convolution cuts them off its output. */
  readonly before: number;
  readonly after: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Cells from the kernel's first weight to its last, the gaps of dilation included. */
  readonly extent: number;
  /** Output cells; below 1 where no layer is possible. */
  readonly output: number;
  /** The output size before rounding. */
  readonly exact: Fraction;
  /** Cells of the padded input after the last window's last cell. */
  readonly unread: number;
}

/** One spatial axis of a layer on its input: a kernel that slides, that is stamped, or an input that is shared out. */
export type Axis = Common & { readonly kind: "slide" | "stamp" | "share" };

/** The layer's axes, height and width, whether or not PyTorch accepts them. */
export function axes(layer: Layer): readonly [Axis, Axis] {
  return [axis(layer, 0), axis(layer, 1)];
}

function axis(layer: Layer, index: 0 | 1): Axis {
  const size = index === 0 ? layer.height : layer.width;
  if (layer.operation === "adaptive_avg_pool2d") return share(size, layer.outputSize[index]);
  const [before, after] = paddings(layer)[index];
  const common = {
    size,
    before,
    after,
    kernel: layer.kernelSize[index],
    stride: strideOf(layer)[index],
    dilation: dilationOf(layer)[index],
  };
  if (layer.operation === "conv_transpose2d") return stamp(common, layer.outputPadding[index]);
  return slide(common, layer.ceilMode && !isConvolution(layer));
}

/** The cells padded before and after each axis; "same" puts the odd cell after, as PyTorch does. */
export function paddings(layer: Layer): readonly [Pair, Pair] {
  if (layer.operation === "adaptive_avg_pool2d" || layer.padding === "valid") {
    return [
      [0, 0],
      [0, 0],
    ];
  }
  if (layer.padding === "same") {
    const [rows, columns] = ([0, 1] as const).map((i) => layer.dilation[i] * (layer.kernelSize[i] - 1));
    return [halves(rows ?? 0), halves(columns ?? 0)];
  }
  if (layer.padding.length === 4) {
    const [top, bottom, left, right] = layer.padding;
    return [
      [top, bottom],
      [left, right],
    ];
  }
  const [rows, columns] = layer.padding;
  return [
    [rows, rows],
    [columns, columns],
  ];
}

function halves(total: number): Pair {
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

type Given = Pick<Common, "size" | "before" | "after" | "kernel" | "stride" | "dilation">;

/** Convolution and pooling. `ceilMode` rounds up, but a window must start inside the input or the padding before it. */
export function slide(given: Given, ceilMode = false): Axis {
  const extent = given.dilation * (given.kernel - 1) + 1;
  const padded = given.size + given.before + given.after;
  const room = padded - extent;
  let output = Math.floor(room / given.stride) + 1;
  if (ceilMode) {
    output = Math.ceil(room / given.stride) + 1;
    if ((output - 1) * given.stride >= given.size + given.before) output -= 1;
  }
  return {
    ...given,
    kind: "slide",
    extent,
    output,
    exact: fraction(room + given.stride, given.stride),
    unread: Math.max(0, padded - (output - 1) * given.stride - extent),
  };
}

function stamp(given: Given, outputPadding: number): Axis {
  const extent = given.dilation * (given.kernel - 1) + 1;
  const output = (given.size - 1) * given.stride + extent + outputPadding - 2 * given.before;
  return { ...given, kind: "stamp", extent, output, exact: fraction(output), unread: 0 };
}

/** Adaptive pooling: as many windows as are asked for, which may overlap and differ by a cell. */
function share(size: number, output: number): Axis {
  // A window begins at any of the fractions k/O of a cell that the two sizes have in common, so also at the worst.
  const common = gcd(size, output);
  const longest = output > 0 ? Math.ceil((size / common - 1) / (output / common)) + 1 : 0;
  return {
    kind: "share",
    size,
    before: 0,
    after: 0,
    kernel: longest,
    stride: Math.max(1, Math.floor(size / Math.max(1, output))),
    dilation: 1,
    extent: longest,
    output,
    exact: fraction(output),
    unread: 0,
  };
}

/** The input cells, padding included, that make output cell `index`, each with its place in the kernel. */
export function taps(axis: Axis, index: number): readonly Tap[] {
  if (axis.kind === "stamp") return landed(axis, index);
  const [first, count] = axis.kind === "share" ? shared(axis, index) : [start(axis, index), axis.kernel];
  return Array.from({ length: count }, (_, weight) => ({ cell: first + weight * axis.dilation, weight }));
}

/** The first cell of output cell `index`'s window; negative inside the padding. */
export function start(axis: Axis, index: number): number {
  return axis.kind === "share" ? shared(axis, index)[0] : index * axis.stride - axis.before;
}

/** The output cell whose window starts nearest to an input cell; of two as near, the first. */
export function windowNear(axis: Axis, cell: number): number {
  const away = (index: number) => Math.abs(start(axis, index) - cell);
  let nearest = 0;
  for (let index = 1; index < axis.output; index += 1) if (away(index) < away(nearest)) nearest = index;
  return nearest;
}

/** First cell and length of a window of adaptive pooling: ⌊iN/O⌋ up to, but not including, ⌈(i+1)N/O⌉. */
function shared({ size, output }: Axis, index: number): Pair {
  const first = Math.floor((index * size) / output);
  return [first, Math.ceil(((index + 1) * size) / output) - first];
}

/** Where a stamp lands on output cell `index`; input cells ascending, so places in the kernel descend. */
function landed(axis: Axis, index: number): readonly Tap[] {
  const found: Tap[] = [];
  for (let weight = axis.kernel - 1; weight >= 0; weight -= 1) {
    const cell = (index + axis.before - weight * axis.dilation) / axis.stride;
    if (Number.isInteger(cell) && cell >= 0 && cell < axis.size) found.push({ cell, weight });
  }
  return found;
}
