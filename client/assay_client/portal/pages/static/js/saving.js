// Files for the reader: answers, reports among them, with the gateway's signature over them.

import { h } from "./dom.js";

/** Save an answer with the receipt that came with it, for `assay receipt verify` and `assay audit verify-report`. */
export function saveSigned(reading) {
  download(`${reading.name.replace(/\W+/g, "-")}-block-${reading.block}.http`, reading.signed);
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
