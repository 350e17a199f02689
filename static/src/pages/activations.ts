// The activations page: one view, its address, and the look that the server made for it.

import { paintOf } from "../draw/strip.ts";
import { ActivationsStrips } from "../elements/activations-strips.ts";
import { CropFrame } from "../elements/crop-frame.ts";
import { parseCrop } from "../lib/crop.ts";
import { loadMessages } from "../lib/i18n.ts";
import { readLook } from "../lib/look.ts";
import { parseView } from "../lib/looking.ts";
import { scaleOf } from "../lib/trace.ts";

await loadMessages();
customElements.define("activations-strips", ActivationsStrips);
customElements.define("crop-frame", CropFrame);
const look = await readLook(document);
const view = parseView(new URLSearchParams(location.search), { network: "tinyvgg", image: "sample-cat" });
if (look) {
  const traces = [...look.maps.values()].map(({ trace }) => trace);
  document
    .querySelector<ActivationsStrips>("activations-strips")
    ?.show(look, view, scaleOf(traces, view.scale), paintOf(document.body));
  const frame = document.querySelector<CropFrame>("crop-frame");
  if (frame) {
    frame.size = look;
    frame.crop = parseCrop("0,0,200");
  }
}
