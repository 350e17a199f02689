// Looks that are asked for one after another: the latest counts, and during a drag one that is on its way arrives first.

import { Trouble } from "./ask.ts";
import { fetchPage, type Look, readLook } from "./look.ts";
import type { View } from "./looking.ts";

/** What becomes of a request. */
export interface Receiver {
  /** A look has come, and the page that carries it. */
  readonly show: (page: Document, look: Look) => void;
  /** It did not come, and why. */
  readonly fail: (trouble: Trouble) => void;
  /** Whether one is on its way now. */
  readonly wait: (isWaiting: boolean) => void;
}

export class Looks {
  private readonly receiver: Receiver;
  private asking: AbortController | undefined;
  /** What was asked for while another was on its way. */
  private next: View | undefined;

  constructor(receiver: Receiver) {
    this.receiver = receiver;
  }

  /** Asks for a view's look in place of any other; a `patient` one waits for what is on its way. */
  async ask(view: View, { patient = false } = {}): Promise<void> {
    if (this.asking && patient) {
      this.next = view;
      return;
    }
    this.asking?.abort();
    const mine = new AbortController();
    this.asking = mine;
    this.next = undefined;
    this.receiver.wait(true);
    try {
      const page = await fetchPage(view, mine.signal);
      const look = await readLook(page, mine.signal);
      if (look && !mine.signal.aborted) this.receiver.show(page, look);
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Trouble)) throw error;
      this.receiver.fail(error);
    } finally {
      if (this.asking === mine) this.finish();
    }
  }

  private finish(): void {
    this.asking = undefined;
    this.receiver.wait(false);
    if (this.next) void this.ask(this.next);
  }
}
