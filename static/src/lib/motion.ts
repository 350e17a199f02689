/** Whether the person has asked their system for less motion. */
export function isReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
