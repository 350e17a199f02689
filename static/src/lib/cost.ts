// What a layer costs, each factor by its name, as app/arithmetic/cost.py counts; tests/cases/browser.json holds both.

import type { Axis } from "./geometry.ts";
import { isConvolution, type Layer, outChannels } from "./layer.ts";

export interface Factor {
  readonly name: "out_channels" | "in_channels" | "out_channels / groups" | "in_channels / groups" | "kernel";
  readonly value: number;
}

export interface Cost {
  /** Their product is the number of weights; empty without weights. */
  readonly factors: readonly Factor[];
  readonly weights: number;
  readonly biases: number;
  readonly parameters: number;
  /** How often every weight is used, and with that the multiply-accumulates. */
  readonly uses: number;
  readonly macs: number;
  /** Of the output in float32. */
  readonly activationBytes: number;
}

const FLOAT32_BYTES = 4;

export function cost(layer: Layer, [rows, columns]: readonly [Axis, Axis]): Cost {
  const factors = factorsOf(layer);
  const weights = factors.length ? factors.reduce((product, { value }) => product * value, 1) : 0;
  const biases = isConvolution(layer) && layer.bias ? layer.outChannels : 0;
  const places = rows.output * columns.output;
  const uses = layer.operation === "conv_transpose2d" ? layer.height * layer.width : places;
  return {
    factors,
    weights,
    biases,
    parameters: weights + biases,
    uses,
    macs: weights * uses,
    activationBytes: FLOAT32_BYTES * outChannels(layer) * places,
  };
}

function factorsOf(layer: Layer): readonly Factor[] {
  if (!isConvolution(layer)) return [];
  const [kernelRows, kernelColumns] = layer.kernelSize;
  const kernel = [
    { name: "kernel", value: kernelRows },
    { name: "kernel", value: kernelColumns },
  ] as const;
  const { inChannels, outChannels: filters, groups } = layer;
  if (layer.operation === "conv_transpose2d") {
    return [
      { name: "in_channels", value: inChannels },
      { name: groups > 1 ? "out_channels / groups" : "out_channels", value: filters / groups },
      ...kernel,
    ];
  }
  return [
    { name: "out_channels", value: filters },
    { name: groups > 1 ? "in_channels / groups" : "in_channels", value: inChannels / groups },
    ...kernel,
  ];
}
