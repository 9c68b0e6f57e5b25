// One fairness table: rates of the groups with their intervals, the metrics between them, and what happened to it.

import { tableState } from "../badges.js";
import { h } from "../dom.js";
import { count, plural, short } from "../format.js";
import { card, facts, head, hex } from "../parts.js";
import { timeline } from "./audit.js";
import { metricTable } from "./finding.js";
import { groupBars } from "./groups.js";

const VERDICTS = {
  pending: ["", "Nobody has audited this table yet: its numbers are its supplier's word."],
  verified: [
    "good",
    "A majority of oracles checked every proof of this table: the counts are true of the rows that it commits to.",
  ],
  rejected: ["bad", "A majority of oracles found this table false. Its counts are not repeated here."],
  refuted: ["bad", "Somebody proved on the chain that this table is false. Its counts are not repeated here."],
};

export const fairnessTable = {
  menu: "fairness",
  name: ({ id }) => `Table ${short(id)}`,
  reads: ({ id }) => ({ found: `/fairness/${id}` }),
  view: ({ found }) => {
    const posted = found.table;
    const [tone, verdict] = VERDICTS[posted.state] ?? ["", ""];
    return [
      head(["Table ", h("span", { class: "mono" }, short(posted.table_id))], {
        trail: h("a", { href: "#/fairness" }, "Fairness board"),
        sub: [
          `${plural(posted.n, "row")} in ${plural(posted.groups, "group")}, for `,
          h("a", { href: `#/models/${posted.model_id}` }, `model ${posted.model_id}`),
        ],
        end: tableState(posted),
      }),
      h(
        "div",
        { class: `note ${tone}` },
        h(
          "p",
          {},
          verdict,
          posted.audit_id
            ? [" ", h("a", { href: `#/audits/${posted.audit_id}` }, `Audit ${posted.audit_id}`), "."]
            : null,
          posted.retired ? " Its supplier retired it: it cannot be audited any more." : null,
        ),
      ),
      posted.counts
        ? card("Rates of each group", "whiskers are exact 95 % intervals", groupBars(posted.rates, posted.counts))
        : null,
      posted.counts
        ? card(
            "Fairness between groups",
            "the largest difference between any two groups, or the smallest ratio",
            metrics(posted.metrics),
          )
        : null,
      h(
        "div",
        { class: "grid-2" },
        card(
          "Check it yourself",
          "needs no key, no role and no trust in oracles",
          h("p", {}, "Anyone who can fetch the table can check every proof: "),
          h("p", {}, h("code", { class: "break" }, `assay fairness audit ${posted.table_id}`)),
          h(
            "p",
            { class: "soft small" },
            "One false row is enough to refute a table on the chain, whatever oracles voted.",
          ),
        ),
        card(
          "Published",
          null,
          facts([
            ["Table", hex(posted.table_id)],
            ["Supplier", hex(posted.supplier)],
            ["File", hex(posted.file)],
            ["Where it is", h("span", { class: "break" }, posted.uri)],
            ["Padding", posted.pads === null ? null : posted.pads ? plural(posted.pads, "row") : "none"],
            ["Block", count(posted.block)],
            [
              "Audits",
              posted.audits.length
                ? posted.audits.map((id, index) => [index ? ", " : "", h("a", { href: `#/audits/${id}` }, id)])
                : "none",
            ],
          ]),
        ),
      ),
      timeline(found.timeline),
    ];
  },
};

const metrics = (found) =>
  metricTable(
    "95 % interval",
    Object.entries(found).map(([name, { value, low, high }]) => [
      name,
      { value, unit: "", scale: 4, min: low, max: high },
    ]),
  );
