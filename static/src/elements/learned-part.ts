// The part of a run's page that tells what it has learned: loaded when it is unfolded, by a person or by the address.

import type { Showing } from "../lib/location.ts";
import { FIRST_LEARNED, type LearnedLooks, learnedPairs, readLearned } from "../lib/training-state.ts";
import { listen } from "./page-parts.ts";
import type { LearnedEvents, TrainingLearned } from "./training-learned.ts";

export class LearnedPart {
  /** Called when the address should say something else. */
  onChange: (how: Showing) => void = () => {};
  private looks: LearnedLooks | undefined = readLearned(new URLSearchParams(location.search));
  /** What was looked at when it was last unfolded. */
  private last = this.looks ?? FIRST_LEARNED;
  private readonly details = document.querySelector<HTMLDetailsElement>("details.learned");
  private isLoading = false;
  private readonly element = document.querySelector<TrainingLearned>("training-learned");

  constructor() {
    const { details } = this;
    details?.addEventListener("toggle", () => {
      if (details.open) void this.load();
      if (details.open === (this.looks !== undefined)) return; // the address said so
      this.last = this.looks ?? this.last;
      this.looks = details.open ? this.last : undefined;
      this.tell();
      this.onChange({});
    });
    if (details && this.looks) details.open = true;
  }

  /** What the address says of it. */
  get pairs(): ReturnType<typeof learnedPairs> {
    return learnedPairs(this.looks);
  }

  /** Shows what an address says. */
  readonly show = (query: URLSearchParams): void => {
    this.looks = readLearned(query);
    this.tell();
    if (this.details) this.details.open = this.looks !== undefined;
  };

  /** Tells which epochs are kept, as the page says now. */
  tellKept(): void {
    const kept = document.querySelector<HTMLElement>("[data-kept]")?.dataset["kept"];
    if (this.element) this.element.kept = kept ? kept.split(",").map(Number) : [];
  }

  private tell(): void {
    if (this.element && this.looks) this.element.looks = this.looks;
  }

  private async load(): Promise<void> {
    const { element } = this;
    if (!element || this.isLoading) return;
    this.isLoading = true;
    const { TrainingLearned } = await import("./training-learned.ts");
    this.tellKept();
    this.tell();
    listen<LearnedEvents>(element, {
      "learned-changed": ({ looks, settled }) => {
        if (!this.details?.open) return; // what was still being sent when it was folded
        this.looks = looks;
        this.onChange(settled ? { push: true } : { moving: true });
      },
    });
    customElements.define("training-learned", TrainingLearned);
  }
}
