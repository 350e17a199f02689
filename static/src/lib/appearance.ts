// When colours change without the page being loaded again: another theme, chosen here or by the system.

/** Calls `repaint` when the theme in force changes, colours are forced or not any more, or a page goes to paper. */
export function onThemeChange(repaint: () => void): void {
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"]) {
    matchMedia(query).addEventListener("change", repaint);
  }
  new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
}
