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

/** A value of any size to read: four figures, without trailing zeros; 0.01234, 1,234, 1.234·10⁻⁶. */
export function figures(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e6)) {
    const [digits = "", power = ""] = value.toExponential(3).split("e");
    return `${rounded(Number(digits), 3)}·10${raised(Number(power))}`;
  }
  const places = size === 0 ? 0 : Math.max(0, 3 - Math.floor(Math.log10(size)));
  const short = Number(value.toFixed(places));
  return Math.abs(short) >= 1000 ? count(short) : rounded(short, places);
}

function raised(power: number): string {
  return String(power)
    .split("")
    .map((sign) => (sign === "-" ? "⁻" : ("⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)] ?? "")))
    .join("");
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
