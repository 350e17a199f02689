// How numbers are written, the same way everywhere on a page: a true minus sign, thousands apart, and one rounding.

/** A count with its thousands apart: 31,467,520. Not by Intl, whose tables take longer to load than a page to start. */
export function count(value: number): string {
  return value
    .toFixed(0)
    .replace(/\B(?=(\d{3})+$)/g, ",")
    .replace("-", "−");
}

/** A value to read: integers exact, others with `digits` decimals at most, trailing zeros dropped; −0.5, 2.33. */
export function rounded(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return "–";
  const text = Number.isInteger(value) ? String(value) : value.toFixed(digits).replace(/\.?0+$/, "");
  return (text === "-0" ? "0" : text).replace("-", "−");
}

/** A factor in a product: negative ones in brackets, so that 3·(−1) can be read. */
export function factor(value: number, digits = 2): string {
  return value < 0 ? `(${rounded(value, digits)})` : rounded(value, digits);
}

/** Bytes to read, in binary units: 160 B, 1.5 KiB, 23 MiB. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? count(value) : rounded(value, value < 10 ? 1 : 0)} ${units[unit]}`;
}
