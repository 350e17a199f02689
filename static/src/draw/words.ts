// What a map is called and what is said of it, the same in every figure.

import { t } from "../lib/i18n.ts";
import { INPUT } from "../lib/looking.ts";
import type { Turn } from "../lib/orientation.ts";
import { hasSingleValues, isFlat, type LayerTrace } from "../lib/trace.ts";
import { written } from "./values.ts";

/** "Map 3", with its colour where it is one of the picture's; a flat layer's value is no map. */
export function mapName(trace: LayerTrace, channel: number): string {
  if (isFlat(trace)) return t("Value {channel}", { channel });
  const name = [t("red"), t("green"), t("blue")][channel];
  if (trace.address === INPUT && name) return t("Map {channel}, {name}", { channel, name });
  return t("Map {channel}", { channel });
}

/** A map in one sentence: its name, and from where to where its values reach. */
export function describeMap(trace: LayerTrace, channel: number): string {
  const range = trace.channels[channel];
  const name = mapName(trace, channel);
  const minimum = written(range?.minimum ?? Number.NaN);
  if (isFlat(trace)) return t("{name}: {value}", { name, value: minimum });
  if (trace.silent_channels.includes(channel)) return t("{name}: silent, 0 everywhere", { name });
  if (hasSingleValues(trace)) return t("{name}: {value}", { name, value: minimum });
  return t("{name}: from {minimum} to {maximum}", {
    name,
    minimum,
    maximum: written(range?.maximum ?? Number.NaN),
  });
}

/** What was done to a picture that a camera held askew. */
export function turnSentence({ degrees, mirrored }: Turn): string {
  if (mirrored) return t("Upright: mirrored and turned by {degrees}° as the camera noted.", { degrees });
  return t("Upright: turned by {degrees}° as the camera noted.", { degrees });
}
