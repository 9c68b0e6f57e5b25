// Every model version, and what became of its claims.

import { badge } from "../badges.js";
import { h } from "../dom.js";
import { count, plural } from "../format.js";
import { empty, head, hex, table } from "../parts.js";
import { older } from "./audits.js";

/** How many claims are kept, broken, undecided: only what there is. */
export const tally = ({ kept, broken, undecided }) =>
  kept + broken + undecided
    ? h(
        "span",
        { class: "row" },
        broken ? badge("bad", `${broken} broken`) : null,
        kept ? badge("good", `${kept} kept`) : null,
        undecided ? badge("warn", `${undecided} undecided`) : null,
      )
    : h("span", { class: "soft" }, "no claims");

export const models = {
  menu: "models",
  name: () => "Models",
  reads: (_, query) => ({ network: "/network", page: `/models?${query}` }),
  view: ({ network, page }, { query }) => [
    head("Models", { sub: `${plural(network.counts.models, "version")} published; a version never changes.` }),
    h(
      "section",
      { class: "card" },
      page.models.length
        ? [
            table(
              [["Model", "name"], ["Version"], ["Supplier"], ["Claims"], ["Audits", "right"], ["Registered", "right"]],
              page.models.map(row),
            ),
            older(page.cursor, query, "models"),
          ]
        : empty("No model is published yet", "A supplier publishes one with: assay supplier publish DIR"),
    ),
  ],
};

const row = (model) => [
  `model-${model.model_id}`,
  [
    h(
      "span",
      {},
      h("a", { href: `#/models/${model.model_id}` }, model.name ?? `Model ${model.model_id}`),
      h("span", { class: "soft" }, ` #${model.model_id}`),
    ),
    model.version ?? h("span", { class: "soft", title: model.problem }, "manifest not readable"),
    hex(model.owner),
    tally(model.claims),
    count(model.audits),
    `block ${count(model.registered_block)}`,
  ],
];
