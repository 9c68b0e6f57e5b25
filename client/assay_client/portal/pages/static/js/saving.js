// Files for the reader: reports, and answers with the gateway's signature over them.

import { read } from "./api.js";
import { h } from "./dom.js";

/** Save an answer of the interface as it came. */
export async function saveFile(path, name) {
  download(name, (await read(path)).body);
}

/** Save an answer with the receipt that came with it. `assay receipt verify` checks it. */
export function saveSigned(reading) {
  download(`${reading.name.replace(/\W+/g, "-")}-block-${reading.block}.http`, reading.signed);
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
