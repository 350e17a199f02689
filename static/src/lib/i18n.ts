// Sentences in the page's language. A message is its English sentence with named places: t("row {row}", { row: 2 }).

type Messages = Readonly<Record<string, string>>;

let translations: Messages = {};

/** Fetches the translations of the page's language; English needs none. To be awaited before anything is rendered. */
export async function loadMessages(language = document.documentElement.lang): Promise<void> {
  if (language === "ko") translations = (await import("../locale/ko.json")).default;
}

/** `message` in the page's language with its `{places}` filled; an untranslated message stays English. */
export function t(message: string, values: Readonly<Record<string, string | number>> = {}): string {
  return (translations[message] ?? message).replace(/\{(\w+)\}/g, (place, name: string) =>
    String(values[name] ?? place),
  );
}
