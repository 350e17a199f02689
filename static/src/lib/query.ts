// The query string as people read it: `kernel_size=3,5&padding=same`, commas and colons left as they are.

/** `pairs` as a query string without its question mark; a pair whose value is undefined is left out. */
export function formatQuery(pairs: Iterable<readonly [string, string | number | undefined]>): string {
  const parts: string[] = [];
  for (const [name, value] of pairs) {
    if (value !== undefined) parts.push(`${encode(name)}=${encode(String(value))}`);
  }
  return parts.join("&");
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%20/g, "+");
}
