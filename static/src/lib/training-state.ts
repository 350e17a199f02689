// How a run is looked at, as the address says it: its curves, and of what it has learned the part that is unfolded.

export interface CurveLooks {
  readonly x: "epochs" | "steps";
  /** Of the moving mean: 0 shows every value as it is. */
  readonly smooth: number;
}

export const FIRST_LOOKS: CurveLooks = { x: "epochs", smooth: 0.6 };
export const MOST_SMOOTH = 0.98;

export function readLooks(query: URLSearchParams): CurveLooks {
  const smooth = Number(query.get("smooth") ?? FIRST_LOOKS.smooth);
  return {
    x: query.get("x") === "steps" ? "steps" : "epochs",
    smooth: smooth >= 0 && smooth <= MOST_SMOOTH ? smooth : FIRST_LOOKS.smooth,
  };
}

/** As name and value; what is at its beginning is left out. */
export function looksPairs({ x, smooth }: CurveLooks): (readonly [string, string | number | undefined])[] {
  return [
    ["x", x === FIRST_LOOKS.x ? undefined : x],
    ["smooth", smooth === FIRST_LOOKS.smooth ? undefined : smooth],
  ];
}

export const PARTS = ["filters", "maps", "confusion", "mistakes"] as const;

/** What is looked at of that which a run has learned. */
export interface LearnedLooks {
  readonly part: (typeof PARTS)[number];
  /** Undefined is the latest. */
  readonly epoch: number | undefined;
  /** Id of the picture whose maps are looked at; undefined is the first that is offered. */
  readonly image: string | undefined;
  /** Undefined is the first. */
  readonly layer: string | undefined;
}

export const FIRST_LEARNED: LearnedLooks = {
  part: "filters",
  epoch: undefined,
  image: undefined,
  layer: undefined,
};

/** Undefined where nothing is unfolded. */
export function readLearned(query: URLSearchParams): LearnedLooks | undefined {
  const part = PARTS.find((name) => name === query.get("learned"));
  if (!part) return undefined;
  const epoch = query.get("epoch") ?? "";
  return {
    part,
    epoch: /^\d{1,9}$/.test(epoch) ? Number(epoch) : undefined,
    image: query.get("image") ?? undefined,
    layer: query.get("layer") ?? undefined,
  };
}

/** As name and value; what a part does not show is left out, and is forgotten where the address is opened. */
export function learnedPairs(
  looks: LearnedLooks | undefined,
): (readonly [string, string | number | undefined])[] {
  const isOfMaps = looks?.part === "maps";
  return [
    ["learned", looks?.part],
    ["epoch", looks?.epoch],
    ["image", isOfMaps ? looks.image : undefined],
    ["layer", isOfMaps ? looks.layer : undefined],
  ];
}
