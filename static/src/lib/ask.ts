// Requests of this page to its server, and what can go wrong with them as one type that carries a sentence.

/** Why something was not answered. `message` is a sentence in the page's language, ready to be shown. */
export class Trouble extends Error {
  /** HTTP status; 0 where the server could not be reached, or was not asked. */
  readonly status: number;
  /** When the server wants to be asked again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, status: number, retryAfterSeconds?: number) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The answer to a request, if it is a good one. Throws Trouble; an abort stays an abort. */
export async function ask(url: string, unreachable: string, init: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Trouble(unreachable, 0);
  }
  if (!answer.ok)
    throw troubleOf(answer.status, answer.headers.get("Retry-After"), await answer.text(), unreachable);
  return answer;
}

/** The trouble that a refusal tells of: its problem's sentence, in the language the page was asked in. */
export function troubleOf(
  status: number,
  retryAfter: string | null,
  body: string,
  fallback: string,
): Trouble {
  return new Trouble(
    detailOf(body) ?? fallback,
    status,
    retryAfter === null ? undefined : Number(retryAfter) || 1,
  );
}

function detailOf(body: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(body);
    return detail || title || undefined;
  } catch {
    return undefined; // a proxy's page, not a problem of ours
  }
}
