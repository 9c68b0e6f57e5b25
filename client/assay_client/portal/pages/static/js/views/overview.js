// The first page: what happens now, what was found last, what should worry.

import { badge } from "../badges.js";
import { h } from "../dom.js";
import { count, plural, tokens } from "../format.js";
import { card, empty, figures, head } from "../parts.js";
import { auditTable, ENDED } from "./audits.js";

const SHOWN = 8;

export const overview = {
  menu: "overview",
  name: () => "Overview",
  reads: () => ({ network: "/network", page: "/audits?limit=50", models: "/models?limit=50", treasury: "/treasury" }),
  view: ({ network, page, models, treasury }) => {
    const open = page.audits.filter((audit) => !ENDED.has(audit.phase));
    const ended = page.audits.filter((audit) => ENDED.has(audit.phase)).slice(0, SHOWN);
    const broken = models.models.filter((model) => model.claims.broken);
    return [
      head("Overview", {
        sub: [
          `Chain ${network.chain_id}, a block every ${network.block_time} s`,
          network.development ? "; a development network" : null,
        ],
      }),
      network.paused
        ? h(
            "div",
            { class: "note warn" },
            h("p", {}, h("b", {}, "New requests are paused."), " The gatekeeper paused them; audits under way go on."),
          )
        : null,
      figures([
        ["Audits in flight", count(open.length), `of ${count(network.counts.audits)}`],
        ["Models", count(network.counts.models)],
        ["Active oracles", count(network.counts.active_oracles), `of ${count(network.counts.oracles)}`],
        ["Stake", tokens(treasury.staked), `${tokens(treasury.locked)} locked`],
        ["Slashed so far", tokens(treasury.slashed)],
        ["Verified tables", count(network.counts.tables)],
      ]),
      card(
        "In flight",
        null,
        open.length
          ? auditTable(open, network)
          : empty("No audit is under way", "A client pays for one with: assay audit request MODEL"),
      ),
      broken.length
        ? card("Claims broken", "by the newest final audit", h("ul", { class: "plain-list" }, broken.map(brokenLine)))
        : null,
      ended.length
        ? card("Latest results", h("a", { href: "#/audits" }, "All audits"), auditTable(ended, network))
        : null,
    ];
  },
};

const brokenLine = (model) =>
  h(
    "li",
    { class: "row", "data-key": `broken-${model.model_id}` },
    badge("bad", plural(model.claims.broken, "claim")),
    h("a", { href: `#/models/${model.model_id}` }, model.name ?? `Model ${model.model_id}`),
    h("span", { class: "soft" }, `${plural(model.claims.kept, "claim")} kept, ${model.claims.undecided} undecided`),
  );
