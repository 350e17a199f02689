// A page's state and its address are one thing: this module is the only one that writes the address.

import { formatQuery } from "./query.ts";

/** Names that belong to the site, not to a page's state; they survive every change of state. */
const OF_THE_SITE = ["lang"];
/** Browsers refuse more than about 100 changes of address in half a minute; a slider makes 60 a second. */
const SHORTEST_PAUSE_MS = 350;

export const ADDRESS_CHANGED = "address-changed";

export interface Showing {
  /** A step of its own, which Back undoes; else the present one is rewritten. */
  readonly push?: boolean;
  /** One of many changes of a movement that goes on (a slider that is dragged, a number that is typed): together
   * they are one step, which ends with a push. */
  readonly moving?: boolean;
}

type Pairs = Iterable<readonly [string, string | number | undefined]>;

let waiting: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Whether the present step is that of a movement that has not ended. */
let isMoving = false;

/** Writes `pairs` as the page's query; what only rewrites the present step, at most every third of a second. */
export function showState(pairs: Pairs, { push = false, moving = false }: Showing = {}): void {
  const address = addressOf(pairs);
  const begins = (push || moving) && !isMoving;
  isMoving = moving;
  if (begins) {
    flush(); // the step that is left keeps what was seen last
    if (address !== here()) history.pushState(null, "", address);
    dispatchEvent(new Event(ADDRESS_CHANGED));
    return;
  }
  waiting = address;
  if (push) flush();
  else timer ??= setTimeout(flush, SHORTEST_PAUSE_MS);
}

function addressOf(pairs: Pairs): string {
  const present = new URLSearchParams(location.search);
  const kept = OF_THE_SITE.map((name) => [name, present.get(name) ?? undefined] as const);
  const query = formatQuery([...pairs, ...kept]);
  return location.pathname + (query && `?${query}`) + location.hash;
}

function here(): string {
  return location.pathname + location.search + location.hash;
}

/** Calls `read` with the query whenever the person goes back or forward. */
export function onReturn(read: (query: URLSearchParams) => void): void {
  addEventListener("popstate", () => {
    clearTimeout(timer);
    timer = undefined;
    waiting = undefined;
    isMoving = false;
    read(new URLSearchParams(location.search));
    dispatchEvent(new Event(ADDRESS_CHANGED));
  });
}

/** Writes what is still waiting, so that the address that is copied or reloaded is the state that is seen. */
export function flush(): void {
  clearTimeout(timer);
  timer = undefined;
  if (waiting === undefined) return;
  history.replaceState(null, "", waiting);
  waiting = undefined;
  dispatchEvent(new Event(ADDRESS_CHANGED));
}

if (typeof addEventListener === "function") addEventListener("pagehide", flush);
