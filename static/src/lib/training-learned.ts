// What a run has learned by the end of an epoch, as the API tells it.

import { Answers } from "./answers.ts";
import { ask } from "./ask.ts";
import { t } from "./i18n.ts";
import { type Bitmap, decodePng } from "./png.ts";
import { formatQuery } from "./query.ts";
import type { Range } from "./trace.ts";
import { addressOf } from "./training-stream.ts";

export interface Filters {
  readonly name: string;
  readonly shape: readonly [count: number, channels: number, height: number, width: number];
  readonly kernels: readonly (readonly (readonly (readonly (number | null)[])[])[])[];
}

export interface Confusion {
  readonly classes: readonly string[];
  readonly matrix: readonly (readonly number[])[];
}

export interface Mistakes {
  readonly mistakes: readonly {
    readonly label: string;
    readonly predicted: string;
    readonly probability: number | null;
    readonly image: string;
  }[];
}

export interface Maps {
  readonly layers: readonly string[];
  /** Each layer as PyTorch writes it. */
  readonly pytorch: readonly string[];
  readonly layer: string;
  readonly shape: readonly number[];
  readonly channels: readonly Range[];
  readonly atlas: string;
}

export interface LayerMaps extends Maps {
  readonly levels: Bitmap;
}

/** Of the answers of a run, by epoch. */
const MOST_KEPT = 80;

/** Asks about one run; what was asked before is remembered. */
export class Learned {
  private readonly answers = new Answers<unknown>(MOST_KEPT, fetched);
  private readonly run: string;

  constructor(run: string) {
    this.run = run;
  }

  filters(epoch: number): Promise<Filters> {
    return this.get(`filters?epoch=${epoch}`);
  }

  confusion(epoch: number): Promise<Confusion> {
    return this.get(`confusion?epoch=${epoch}`);
  }

  mistakes(epoch: number): Promise<Mistakes> {
    return this.get(`mistakes?epoch=${epoch}`);
  }

  async maps(epoch: number, image: string, layer: string | undefined): Promise<LayerMaps> {
    const query = formatQuery([
      ["epoch", epoch],
      ["image", image],
      ["layer", layer],
    ]);
    const maps = await this.get<Maps>(`maps?${query}`);
    return { ...maps, levels: (await this.answers.get(maps.atlas)) as Bitmap };
  }

  private get<Answer>(path: string): Promise<Answer> {
    return this.answers.get(`${addressOf(this.run)}/${path}`) as Promise<Answer>;
  }
}

async function fetched(address: string): Promise<unknown> {
  const language = `${address.includes("?") ? "&" : "?"}lang=${document.documentElement.lang}`;
  const answer = await ask(
    address + language,
    t("The server cannot be reached. Check the connection, then try again."),
  );
  return address.includes(".png")
    ? decodePng(new Uint8Array(await answer.arrayBuffer()))
    : await answer.json();
}
