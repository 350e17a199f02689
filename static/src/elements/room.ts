// The room that the page gives to an element, followed while the element is on the page.

import type { ReactiveController, ReactiveElement } from "lit";

/** Width and height inside an element's padding, in pixels; 0 until it is laid out. A change updates the element. */
export class Room implements ReactiveController {
  width = 0;
  height = 0;
  private readonly host: ReactiveElement;
  private readonly observer = new ResizeObserver(([entry]) => {
    if (!entry) return;
    const { width, height } = entry.contentRect;
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.host.requestUpdate();
  });

  constructor(host: ReactiveElement) {
    this.host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.observer.observe(this.host);
  }

  hostDisconnected(): void {
    this.observer.disconnect();
  }
}
