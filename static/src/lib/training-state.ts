// How the curves are looked at, as the address says it.

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
