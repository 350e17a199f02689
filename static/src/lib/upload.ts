// Sends a picture, and makes one smaller here where the server would not take it.

import { Trouble, troubleOf } from "./ask.ts";

/** What the server keeps: the picture upright and at most 1,024 pixels a side. */
export interface KeptPicture {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly expires_at: string;
}

const ADDRESS = "/api/v1/images";
/** Longest side of what is made smaller here; the server would reduce it to that anyway. */
const SIDE_PX = 1024;
const QUALITY = 0.92;

/** Sends a file and says how far it is, 0…1. Throws Trouble. */
export function sendPicture(
  file: Blob,
  { language, unreachable, onProgress }: Sending,
  signal: AbortSignal,
): Promise<KeptPicture> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much has been sent
    const form = new FormData();
    form.set("file", file, "picture");
    request.open("POST", `${ADDRESS}?lang=${language}`);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", ({ loaded, total }) =>
      onProgress(total ? loaded / total : 0),
    );
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else
        reject(
          troubleOf(
            request.status,
            request.getResponseHeader("Retry-After"),
            request.responseText,
            unreachable,
          ),
        );
    });
    request.addEventListener("error", () => reject(new Trouble(unreachable, 0)));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

export interface Sending {
  readonly language: string;
  /** What to say where the server cannot be reached. */
  readonly unreachable: string;
  readonly onProgress: (share: number) => void;
}

/** The picture upright, at most 1,024 pixels a side, as a JPEG; also of formats that only this browser reads. Rejects
 * where the browser cannot read it either. */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file);
  const share = Math.min(1, SIDE_PX / Math.max(picture.width, picture.height));
  const width = Math.max(1, Math.round(picture.width * share));
  const height = Math.max(1, Math.round(picture.height * share));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas to draw on");
  context.fillStyle = "white"; // what is transparent lies over white, as on the server
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}
