// Files for the reader: reports, and answers with the gateway's signature over them.

import { read } from "./api.js";
import { h } from "./dom.js";

/** Save an answer of the interface as it came. */
export async function saveFile(path, name) {
  download(name, (await read(path)).body);
}

/** Save what a page shows with the receipts that came with it. `assay receipt verify` checks them. */
export function saveAnswers(reads) {
  for (const each of reads.filter((one) => one.receipt)) download(`answer-${each.block}-${each.path.split("/").slice(3).join("-").replace(/\W+/g, "-")}.json`, each.signed);
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: url, download: name }).click();
  URL.revokeObjectURL(url);
}
