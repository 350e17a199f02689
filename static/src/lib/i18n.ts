// Sentences in the page's language. A message is its English sentence with named places: t("row {row}", { row: 2 }).

let translations: Readonly<Record<string, string>> = {};

/** Fetches what the page names as its translations; English has none. To be awaited before anything is rendered. */
export async function loadMessages(): Promise<void> {
  const link = document.querySelector<HTMLLinkElement>("link[data-messages]");
  if (!link) return;
  const answer = await fetch(link.href);
  if (answer.ok) translations = await answer.json();
}

/** `message` in the page's language with its `{places}` filled; an untranslated message stays English. */
export function t(message: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (translations[message] ?? message).replace(/\{(\w+)\}/g, (place, name: string) =>
    String(values[name] ?? place),
  );
}
