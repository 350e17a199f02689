// The ways in which conv2d takes its padding.

export const PADDING_KINDS = ["number", "same", "valid", "sides"] as const;
export type PaddingKind = (typeof PADDING_KINDS)[number];

/** How a text gives the padding: as numbers along the axes, as a word, or for each of four sides. */
export function paddingKind(text: string): PaddingKind {
  if (text === "same" || text === "valid") return text;
  return text.split(",").length === 4 ? "sides" : "number";
}

/** The text that gives the padding in another way, as near as possible to the numbers in force. */
export function paddingText(kind: PaddingKind, numbers: readonly number[]): string {
  const [top = 0, left = top] = numbers.length === 4 ? [numbers[0], numbers[2]] : numbers;
  if (kind === "number") return String(top);
  return kind === "sides" ? [top, top, left, left].join(",") : kind;
}
