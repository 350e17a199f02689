// From a page's state to what its stage shows.

import { exampleBias, exampleInput, exampleWeight } from "../lib/example.ts";
import { type Layer, outChannels } from "../lib/layer.ts";
import { edited, type Sheet } from "../lib/sheet.ts";
import type { Cell } from "../lib/walk.ts";
import { weightIndex } from "../lib/walkthrough.ts";
import type { Point } from "./layout.ts";
import { channelBeside, type Scene, scene } from "./scene.ts";

/** The window glides up to this many cells a second; faster, it jumps. */
export const FASTEST_GLIDE = 4;

/** A number that a person has typed into the input, the kernel or the bias. */
export interface Edit extends Point {
  readonly value: number;
}

export interface Shown extends Cell {
  readonly filter: number;
  readonly channel: number;
  readonly sheet: Sheet;
}

/** The scene of a state; the one before when nothing that it shows has changed. */
export function sceneOf(state: Shown, layer: Layer, before: Scene | undefined): Scene {
  const filter = Math.min(state.filter, outChannels(layer) - 1);
  const channel = channelBeside(layer, filter, Math.min(state.channel, layer.inChannels - 1));
  const isSame =
    before?.filter === filter &&
    before.channel === channel &&
    before.sheet === state.sheet &&
    before.layer === layer;
  return isSame && before ? before : scene(layer, state.sheet, filter, channel);
}

/** The state's cell, kept inside the output. */
export function currentOf({ axes: [rows, columns] }: Scene, { row, column }: Cell): Cell {
  return { row: within(row, rows.output), column: within(column, columns.output) };
}

/** The sheet with a number that a person has typed into the drawn channel, its kernel or the filter's bias. */
export function editedSheet(
  { layer, sheet, filter, channel }: Scene,
  { part, row, column, value }: Edit,
): Sheet {
  if (part === "input") {
    const index = `${channel}.${row}.${column}`;
    return { ...sheet, input: edited(sheet.input, index, value, exampleInput(channel, row, column)) };
  }
  if (part === "bias") {
    return { ...sheet, bias: edited(sheet.bias, String(filter), value, exampleBias(filter)) };
  }
  const [first, second] = weightIndex(layer, filter, channel);
  const [rows, columns] = layer.kernelSize;
  const index = `${first}.${second}.${row}.${column}`;
  const example = exampleWeight(first, second, row, column, rows, columns);
  return { ...sheet, weight: edited(sheet.weight, index, value, example) };
}

function within(index: number, length: number): number {
  return Math.max(0, Math.min(index, length - 1));
}
