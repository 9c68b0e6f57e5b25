// The fairness board: every published table, and what became of it.

import { tableState } from "../badges.js";
import { h } from "../dom.js";
import { count, decimal } from "../format.js";
import { empty, head, hex, table } from "../parts.js";
import { older } from "./audits.js";

const SHOWN = [
  ["demographic_parity_difference", "Parity"],
  ["equal_opportunity_difference", "Opportunity"],
  ["equalised_odds_difference", "Odds"],
];

export const fairness = {
  menu: "fairness",
  name: () => "Fairness board",
  reads: (_, query) => ({ page: `/fairness?${query}` }),
  view: ({ page }, { query }) => [
    head("Fairness board", {
      sub: "Tables that prove how often each group was rightly and wrongly judged, without showing data or model.",
    }),
    h(
      "section",
      { class: "card" },
      page.tables.length
        ? [
            table(
              [
                ["Table", "name"],
                ["Model"],
                ["State"],
                ["Rows", "right"],
                ["Groups", "right"],
                ...SHOWN.map(([, word]) => [word, "right"]),
                ["Published", "right"],
              ],
              page.tables.map(row),
            ),
            older(page.cursor, query, "fairness"),
          ]
        : empty(
            "No table is published yet",
            "A supplier proves and publishes one with: assay fairness prove, assay fairness publish",
          ),
    ),
    page.tables.length
      ? h(
          "p",
          { class: "soft small" },
          "Parity, opportunity, odds: the largest difference between two groups in being selected, in being ",
          "selected when deserving, and in both kinds of error. The numbers of a pending table are its supplier's word.",
        )
      : null,
  ],
};

const row = (posted) => [
  posted.table_id,
  [
    hex(posted.table_id, `#/fairness/${posted.table_id}`),
    h("a", { href: `#/models/${posted.model_id}` }, `Model ${posted.model_id}`),
    tableState(posted),
    count(posted.n),
    count(posted.groups),
    ...SHOWN.map(([name]) =>
      posted.metrics[name] ? decimal(posted.metrics[name].value, 3) : h("span", { class: "soft" }, "false"),
    ),
    `block ${count(posted.block)}`,
  ],
];
