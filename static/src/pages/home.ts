// The home page: one figure alive, and a place to drop a picture.

import { FitRepairs } from "../elements/fit-repairs.ts";
import { layerPage } from "../elements/layer-page.ts";
import { LayerRule } from "../elements/layer-rule.ts";
import { LetterForm } from "../elements/letter-form.ts";
import { part, wake } from "../elements/page-parts.ts";
import { FIGURE } from "../elements/player.ts";
import { loadMessages } from "../lib/i18n.ts";
import { light } from "../lib/lighting.ts";

await loadMessages();
const whatIf = part<HTMLAnchorElement>(document, ".what-if > a");
const otherStride = new URLSearchParams(whatIf.search).get("stride");
layerPage({
  form: part<LetterForm>(document, "letter-form"),
  layer: ({ texts }) => {
    whatIf.hidden = texts.stride === otherStride;
  },
});
light(part(document, ".first"));

const upload = document.querySelector<HTMLFormElement>("form[data-upload]");
const file = upload?.querySelector<HTMLInputElement>('input[type="file"]');

/** The picture goes the way it goes without scripts: as a form, straight to its activations. */
function send(files: FileList | null | undefined): void {
  if (!upload || !file || !files?.length) return;
  if (files !== file.files) file.files = files;
  upload.requestSubmit();
}

file?.addEventListener("change", () => send(file.files));
document.addEventListener("dragover", (event) => {
  if (!upload || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  upload.dataset["over"] = "";
});
document.addEventListener("dragleave", () => delete upload?.dataset["over"]);
document.addEventListener("drop", (event) => {
  delete upload?.dataset["over"];
  if (!upload || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  send(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => send(event.clipboardData?.files));

await wake(...FIGURE, { "letter-form": LetterForm }, { "layer-rule": LayerRule, "fit-repairs": FitRepairs });
