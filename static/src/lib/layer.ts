// A layer on its input, with PyTorch's argument names: the plain object that a page's state holds.

export const OPERATIONS = [
  "conv2d",
  "conv_transpose2d",
  "max_pool2d",
  "avg_pool2d",
  "adaptive_avg_pool2d",
] as const;
export type Operation = (typeof OPERATIONS)[number];

export const PADDING_MODES = ["zeros", "reflect", "replicate", "circular"] as const;
export type PaddingMode = (typeof PADDING_MODES)[number];

/** Height, width. */
export type Pair = readonly [number, number];
/** Top, bottom, left, right. */
export type Sides = readonly [number, number, number, number];
export type Padding = Pair | Sides | "same" | "valid";

/** Every argument of every operation; one operation reads those that `ARGUMENTS` lists for it. */
export interface Layer {
  readonly operation: Operation;
  readonly inChannels: number;
  readonly height: number;
  readonly width: number;
  readonly outChannels: number;
  readonly kernelSize: Pair;
  /** null: pooling's stride is its kernel. */
  readonly stride: Pair | null;
  readonly padding: Padding;
  readonly outputPadding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
  readonly bias: boolean;
  readonly paddingMode: PaddingMode;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly outputSize: Pair;
}

export type Argument = Exclude<keyof Layer, "operation">;

const INPUT = ["inChannels", "height", "width"] as const;

/** What each operation is told, in the order of PyTorch's constructor, after the three sizes of its input. */
export const ARGUMENTS: Readonly<Record<Operation, readonly Argument[]>> = {
  conv2d: [
    ...INPUT,
    "outChannels",
    "kernelSize",
    "stride",
    "padding",
    "dilation",
    "groups",
    "bias",
    "paddingMode",
  ],
  conv_transpose2d: [
    ...INPUT,
    "outChannels",
    "kernelSize",
    "stride",
    "padding",
    "outputPadding",
    "groups",
    "bias",
    "dilation",
  ],
  max_pool2d: [...INPUT, "kernelSize", "stride", "padding", "dilation", "ceilMode"],
  avg_pool2d: [...INPUT, "kernelSize", "stride", "padding", "ceilMode", "countIncludePad"],
  adaptive_avg_pool2d: [...INPUT, "outputSize"],
};

/** PyTorch's spelling of an argument: kernelSize → kernel_size. */
export function spelling(argument: Argument): string {
  return argument.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function isConvolution(layer: Layer): boolean {
  return layer.operation === "conv2d" || layer.operation === "conv_transpose2d";
}

/** Output channels: pooling keeps the input's. */
export function outChannels(layer: Layer): number {
  return isConvolution(layer) ? layer.outChannels : layer.inChannels;
}

/** The stride in force. */
export function strideOf(layer: Layer): Pair {
  return layer.stride ?? (isConvolution(layer) ? [1, 1] : layer.kernelSize);
}

/** The dilation in force; average pooling has none. */
export function dilationOf(layer: Layer): Pair {
  return layer.operation === "avg_pool2d" ? [1, 1] : layer.dilation;
}

/** The argument of a PyTorch spelling: kernel_size → kernelSize. */
export function argumentOf(name: string): Argument {
  return name.replace(/_[a-z]/g, (found) => found.slice(1).toUpperCase()) as Argument;
}
