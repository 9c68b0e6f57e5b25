// One audit with all its evidence: phases, result, claims, every vote, and how the money went.

import { outcome, state } from "../badges.js";
import { h } from "../dom.js";
import { count, plural, title, tokens } from "../format.js";
import { claims, card, facts, head, hex, table } from "../parts.js";
import { ENDED, KIND_WORDS, modelName, subject } from "./audits.js";
import { votes } from "./ballots.js";
import { result } from "./finding.js";
import { lanes } from "./lanes.js";
import { phases } from "./phases.js";

export const audit = {
  menu: "audits",
  name: ({ id }) => `Audit ${id}`,
  reads: ({ id }) => ({ found: `/audits/${id}`, network: "/network" }),
  view: ({ found, network }, { save }) => {
    const { audit, finding } = found;
    return [
      head(`Audit ${audit.audit_id}`, {
        trail: h("a", { href: "#/audits" }, "Audits"),
        sub: [
          `${KIND_WORDS[audit.kind]} audit of `,
          h("a", { href: `#/models/${audit.model_id}` }, modelName(audit)),
          ` on ${subject(audit)}`,
        ],
        end: [
          state(audit.phase),
          audit.outcome === "none" ? null : outcome(audit.outcome),
          ENDED.has(audit.phase)
            ? h(
                "button",
                {
                  type: "button",
                  id: "report",
                  onclick: () => save(`/audits/${audit.audit_id}/report`),
                },
                "Save report",
              )
            : null,
        ],
      }),
      phases(found, network),
      found.problem
        ? h(
            "div",
            { class: "note warn" },
            h("p", {}, h("b", {}, "The result is on the chain, but cannot be derived here. "), found.problem),
          )
        : null,
      finding ? result(finding, audit) : null,
      finding?.claims.length
        ? card("Claims", "what the supplier promised, judged by this audit", claims(finding.claims))
        : null,
      found.ballots.length ? votes(found) : null,
      lanes(found),
      h("div", { class: "grid-2" }, terms(found), money(found)),
      timeline(found.timeline),
    ];
  },
};

const terms = ({ audit, policy, seed, test_set_uri }) =>
  card(
    "Terms",
    null,
    facts([
      ["Policy", `${policy.name} (${policy.policy_id})`],
      ["Client", hex(audit.client)],
      ["Seed", seed ? hex(seed) : "not fixed until the request is opened"],
      ["Fairness table", audit.table ? hex(audit.table, `#/fairness/${audit.table}`) : null],
      ["Client's test set", audit.test_set ? hex(audit.test_set) : null],
      ["Where it is", test_set_uri || null],
      ["Roster", `${policy.min_roster} to ${policy.max_roster} oracles`],
      [
        "Phases",
        ["commit", "reveal", "dispute"]
          .map((name) => `${name} ${plural(policy[`${name}_blocks`], "block")}`)
          .join(", "),
      ],
    ]),
  );

const money = ({ escrow, policy, settlement }) =>
  card(
    "Money",
    "in tokens of the network",
    facts([
      ["Paid by the client", tokens(escrow)],
      ["Fee for a vote within tolerance", tokens(policy.fee_per_oracle)],
      ["Bond of each oracle", tokens(policy.bond)],
      ...(settlement
        ? [
            ["Paid to oracles", tokens(settlement.paid)],
            ["Slashed, to the treasury", tokens(settlement.slashed)],
            ["Back to the client", tokens(settlement.refund)],
            ["Forfeit", Number(settlement.forfeit) ? tokens(settlement.forfeit) : null],
            ["Settled", `block ${count(settlement.block)}`],
          ]
        : [["Settled", "not yet"]]),
    ]),
  );

/** What happened, in the order of the chain. */
export const timeline = (moments) =>
  card(
    "On the chain",
    plural(moments.length, "event"),
    h(
      "details",
      {},
      h("summary", {}, "Every event with its transaction"),
      table(
        [["Block", "name"], ["Event"], ["Seat"], ["Transaction"]],
        moments.map((moment, index) => [
          `moment-${index}`,
          [count(moment.block), title(moment.event), moment.seat === null ? "" : `Seat ${moment.seat}`, hex(moment.tx)],
        ]),
      ),
    ),
  );
