// Follows a run: its event stream, which goes on after a lost connection by itself; where there is none to be had, the
// run's own address, asked now and then, and the stream tried again.

import { ask, Trouble } from "./ask.ts";
import type { RunAnswer, RunHistory } from "./training-history.ts";

export interface Following {
  /** Something was taken in, of this kind. */
  readonly onNews: (kind: string) => void;
  /** Whether the server can be reached. */
  readonly onLine: (isThere: boolean) => void;
  /** The run was deleted. */
  readonly onGone: () => void;
}

const KINDS = ["state", "start", "step", "epoch"] as const;
const ASK_AGAIN_MS = 3000;

export function addressOf(run: string): string {
  return `/api/v1/runs/${run}`;
}

export async function fetchRun(run: string): Promise<RunAnswer> {
  return (await ask(addressOf(run), "")).json();
}

/** Keeps a history up to date until the run has ended. */
export function follow(run: string, history: RunHistory, following: Following): void {
  const source = new EventSource(`${addressOf(run)}/events`);
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      history.apply(Number(event.lastEventId), kind, JSON.parse(event.data));
      following.onNews(kind);
    });
  }
  source.addEventListener("open", () => following.onLine(true));
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) {
      // It ends after the last event too, and is then opened once more, only to hear that there is nothing to come.
      if (history.isEnded) source.close();
      else following.onLine(false);
      return;
    }
    void poll(run, history, following);
  });
}

async function poll(run: string, history: RunHistory, following: Following): Promise<void> {
  try {
    history.load(await fetchRun(run));
    following.onLine(true);
    following.onNews("state");
    if (history.isEnded) return;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (error.status === 404) return following.onGone();
    following.onLine(false);
  }
  setTimeout(() => follow(run, history, following), ASK_AGAIN_MS);
}
