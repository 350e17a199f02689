/** `act` at once, and then at most every `pause_ms`, the last time always. */
export function throttle(pauseMs: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDue = false;
  function run(): void {
    isDue = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (isDue) run();
    }, pauseMs);
    act();
  }
  return () => {
    isDue = true;
    if (timer === undefined) run();
  };
}
