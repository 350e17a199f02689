// What this browser knows of the pictures that it sent: the last need not be fetched, and how each was turned.

import { turnSentence } from "../draw/words.ts";
import type { Turn } from "../lib/orientation.ts";

export class OwnPictures {
  private readonly turns = new Map<string, Turn | undefined>();
  private last: { readonly image: string; readonly url: string } | undefined;

  /** Remembers a file that was sent and is now the picture `image`. */
  add(image: string, turn: Turn | undefined, file: Blob): void {
    this.turns.set(image, turn);
    if (this.last) URL.revokeObjectURL(this.last.url);
    this.last = { image, url: URL.createObjectURL(file) };
  }

  /** Says on the page what is known of the picture `image`. */
  tell(image: string): void {
    const place = document.querySelector("[data-turn]");
    const turn = this.turns.get(image);
    if (place) place.textContent = turn ? turnSentence(turn) : "";
    const photo = document.querySelector<HTMLImageElement>('[data-part="photo"] img');
    if (photo && this.last?.image === image && photo.src !== this.last.url) photo.src = this.last.url;
  }
}
