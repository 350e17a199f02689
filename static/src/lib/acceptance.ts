// Whether PyTorch would run a layer: the checks of app/arithmetic/acceptance.py, held to the same cases. Why it would not,
// and what would mend it, the server says; this answer only bounds what a slider can be dragged to.

import { type Axis, axes } from "./geometry.ts";
import { ARGUMENTS, type Argument, type Layer, strideOf } from "./layer.ts";

export const MAX_SIDE = 16_384;
export const MAX_CHANNELS = 1_000_000;

/** The least and the most an argument may be by itself; undefined where it is no number. */
export function bounds(argument: Argument): readonly [number, number] | undefined {
  switch (argument) {
    case "inChannels":
    case "outChannels":
    case "groups":
      return [1, MAX_CHANNELS];
    case "height":
    case "width":
    case "kernelSize":
    case "stride":
    case "dilation":
    case "outputSize":
      return [1, MAX_SIDE];
    case "padding":
    case "outputPadding":
      return [0, MAX_SIDE];
    default:
      return undefined;
  }
}

/** True where PyTorch accepts the layer on its input. */
export function accepts(layer: Layer): boolean {
  return faults(layer).length === 0;
}

type Fault = "bounds" | "groups" | "padding kind" | "padding" | "output padding" | "output";

/** Each thing that PyTorch would find wrong with the layer. */
export function faults(layer: Layer): readonly Fault[] {
  const both = axes(layer);
  const right: Readonly<Record<Fault, boolean>> = {
    bounds: isWithinBounds(layer),
    groups: groupsDivideChannels(layer),
    "padding kind": paddingIsTaken(layer),
    padding: both.every((axis) => paddingIsPossible(layer, axis)),
    "output padding": both.every((axis, i) => outputPaddingIsBelowAStep(layer, axis, i)),
    output: both.every((axis) => axis.output >= 1),
  };
  return (Object.keys(right) as Fault[]).filter((fault) => !right[fault]);
}

function isWithinBounds(layer: Layer): boolean {
  return ARGUMENTS[layer.operation].every((argument) => {
    const [least, most] = bounds(argument) ?? [];
    const value = layer[argument];
    if (least === undefined || most === undefined || value === null || typeof value === "string") return true;
    return [value].flat().every((n) => Number.isInteger(n) && Number(n) >= least && Number(n) <= most);
  });
}

function groupsDivideChannels(layer: Layer): boolean {
  if (!ARGUMENTS[layer.operation].includes("groups")) return true;
  return layer.inChannels % layer.groups === 0 && layer.outChannels % layer.groups === 0;
}

/** "same", "valid", four sides and other modes than zeros each have their conditions. */
function paddingIsTaken(layer: Layer): boolean {
  const { operation, padding } = layer;
  if (operation === "adaptive_avg_pool2d") return true;
  if (operation !== "conv2d") return padding.length === 2;
  if (padding === "same") return Math.max(...strideOf(layer)) === 1;
  return padding.length !== 4 || layer.paddingMode === "zeros";
}

function paddingIsPossible(layer: Layer, axis: Axis): boolean {
  const most = Math.max(axis.before, axis.after);
  if (layer.operation === "conv2d") {
    if (layer.paddingMode === "reflect") return most < axis.size;
    if (layer.paddingMode === "circular") return most <= axis.size;
  }
  const pools = layer.operation === "max_pool2d" || layer.operation === "avg_pool2d";
  return !pools || most <= Math.floor(axis.kernel / 2);
}

function outputPaddingIsBelowAStep(layer: Layer, axis: Axis, index: number): boolean {
  if (layer.operation !== "conv_transpose2d") return true;
  return (layer.outputPadding[index] ?? 0) < Math.max(axis.stride, axis.dilation);
}
