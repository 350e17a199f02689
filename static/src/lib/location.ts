// A page's state and its address are one thing: this module is the only one that writes the address.

import { formatQuery } from "./query.ts";

/** Names that belong to the site, not to a page's state; they survive every change of state. */
const OF_THE_SITE = ["lang"];
/** Browsers refuse more than about 100 changes of address in half a minute; a slider makes 60 a second. */
const SHORTEST_PAUSE_MS = 350;

export const ADDRESS_CHANGED = "address-changed";

type Pairs = Iterable<readonly [string, string | number | undefined]>;

let waiting: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Writes `pairs` as the page's query. A push is a step that Back undoes; without it the present step is rewritten, at most every third of a second. */
export function showState(pairs: Pairs, { push = false } = {}): void {
  const here = new URLSearchParams(location.search);
  const kept = OF_THE_SITE.map((name) => [name, here.get(name) ?? undefined] as const);
  const query = formatQuery([...pairs, ...kept]);
  const address = location.pathname + (query && `?${query}`) + location.hash;
  if (push) {
    flush();
    if (address !== location.pathname + location.search + location.hash) history.pushState(null, "", address);
    dispatchEvent(new Event(ADDRESS_CHANGED));
    return;
  }
  waiting = address;
  timer ??= setTimeout(flush, SHORTEST_PAUSE_MS);
}

/** Calls `read` with the query whenever the person goes back or forward. */
export function onReturn(read: (query: URLSearchParams) => void): void {
  addEventListener("popstate", () => {
    clearTimeout(timer);
    timer = undefined;
    waiting = undefined;
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
