// Runs before the first paint, as a plain blocking script, so that no theme flashes by. It imports nothing.

const root = document.documentElement;
root.dataset["scripted"] = "";
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") root.dataset["theme"] = theme;
} catch {
  // Storage is closed to us: the system's theme it is.
}
