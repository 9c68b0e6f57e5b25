// One audit with all its evidence: phases, result, claims, every vote, and how the money went.

import { h } from "../dom.js";
import { count, decimal, plural, title, tokens } from "../format.js";
import { claims, card, facts, head, hex, outcome, state, table } from "../parts.js";
import { groupBars } from "./groups.js";
import { ENDED, KIND_WORDS, modelName, subject } from "./audits.js";
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
        sub: [`${KIND_WORDS[audit.kind]} audit of `, h("a", { href: `#/models/${audit.model_id}` }, modelName(audit)), ` on ${subject(audit)}`],
        end: [state(audit.phase), audit.outcome === "none" ? null : outcome(audit.outcome), ENDED.has(audit.phase) ? h("button", { type: "button", id: "report", onclick: () => save(`/audits/${audit.audit_id}/report`, `audit-${audit.audit_id}.json`) }, "Save report") : null],
      }),
      phases(found, network),
      found.problem ? h("div", { class: "note warn" }, h("p", {}, h("b", {}, "The result is on the chain, but cannot be derived here. "), found.problem)) : null,
      finding ? result(finding, audit) : null,
      finding?.claims.length ? card("Claims", "what the supplier promised, judged by this audit", claims(finding.claims)) : null,
      found.ballots.length ? votes(found) : null,
      lanes(found),
      h("div", { class: "grid-2" }, terms(found), money(found)),
      timeline(found.timeline),
    ];
  },
};

function result(finding, audit) {
  const names = Object.keys(finding.metrics);
  const remark = `${finding.state === "final" ? "Final" : "Provisional until the dispute window has passed"}; carried by ${plural(finding.voters.length, "oracle")} of ${audit.roster}`;
  const parts = [
    finding.table?.fault ? h("div", { class: "note bad" }, h("p", {}, h("b", {}, `The supplier's table is false in row ${count(finding.table.fault.row)}.`), ` ${finding.table.fault.sentence}`)) : null,
    audit.outcome === "invalid-spec" ? h("p", {}, "A majority found that what was published cannot be audited as it stands: a malformed manifest, shapes that do not fit, or bytes that are not what was declared.") : null,
    audit.outcome === "unavailable" ? h("p", {}, "A majority could not obtain the published files, or not compute within its limits. The client was refunded what oracles did not earn.") : null,
    finding.table?.counts ? groupBars(finding.rates ?? [], finding.table.counts) : null,
    names.length ? metricTable(audit.kind === "fairness" ? "95 % interval" : "Spread between oracles", names.map((name) => [name, finding.metrics[name]])) : null,
    finding.service ? service(finding.service) : null,
  ];
  return card(audit.outcome === "values" ? "Verified metrics" : "Finding", remark, parts);
}

/** Metrics by name, each with its value and the interval around it. metrics: [[name, {value, unit, scale, min, max}]]. */
export const metricTable = (interval, metrics) => table([["Metric", "name"], ["Value", "right"], [interval, "right"]], metrics.map(([name, { value, unit, scale, min, max }]) => {
  const digits = Math.min(scale, 6);
  const around = min === null ? "" : min === max ? "exact" : `${decimal(min, digits)} to ${max === null ? "no bound" : decimal(max, digits)}`;
  return [name, [[title(name), h("span", { class: "soft unit" }, ` ${unit}`)], decimal(value, digits), h("span", { class: "soft" }, around)]];
}), "narrow");

const service = (found) => [
  h("h3", {}, "Agreement of the service"),
  h("p", { class: "soft" }, `${count(found.answered)} of ${count(found.asked)} queries of ${plural(found.oracles, "oracle")} were answered. ${Object.values(found.evenness).some((each) => each.uneven) ? "They did not all meet the same service." : "As far as counts tell, all met the same service."}`),
  found.objectives.length ? table([["Objective"], ["Share met", "right"], ["State"], ["Because", "wide"]], found.objectives.map((each) => [each.objective, [`${each.objective} ${each.op} ${each.share}`, `${each.successes} / ${each.trials}`, state(each.state), h("span", { class: "soft small" }, each.reason)]])) : null,
];

function votes({ ballots, audit }) {
  const at = (block, tx) => (block === null ? h("span", { class: "soft" }, "not") : h("span", { class: "num", title: tx }, `block ${count(block)}`));
  const money = (ballot) => (Number(ballot.slashed) ? h("span", {}, `− ${tokens(ballot.slashed)}`) : Number(ballot.paid) ? `+ ${tokens(ballot.paid)}` : "");
  return card("Oracles and their votes", `a roster of ${audit.roster}, drawn with the audit's seed`, table(
    [["Seat", "name"], ["Oracle"], ["Committed"], ["Revealed"], ["Verdict"], ["Standing"], ["Tokens", "right"]],
    ballots.map((ballot) => [`seat-${ballot.seat}`, [
      h("a", { href: `#/oracles/${ballot.seat}` }, `Seat ${ballot.seat}`),
      hex(ballot.oracle),
      at(ballot.commit_block, ballot.commit_tx),
      at(ballot.reveal_block, ballot.reveal_tx),
      ballot.verdict === "none" ? h("span", { class: "soft" }, "none") : title(ballot.verdict),
      state(ballot.standing, ballot.standing === "neither" ? "Not paid" : undefined),
      money(ballot),
    ]])),
    h("details", {}, h("summary", {}, "Commitments, transactions and evidence digests"), table(
      [["Seat", "name"], ["Commitment"], ["Commit"], ["Reveal"], ["Evidence"]],
      ballots.map((ballot) => [`proof-${ballot.seat}`, [`Seat ${ballot.seat}`, ...[ballot.commitment, ballot.commit_tx, ballot.reveal_tx, /[1-9a-f]/.test(ballot.evidence) ? ballot.evidence : null].map((digest) => (digest ? hex(digest) : ""))]]))));
}

const terms = ({ audit, policy, seed, test_set_uri }) => card("Terms", null, facts([
  ["Policy", `${policy.name} (${policy.policy_id})`],
  ["Client", hex(audit.client)],
  ["Seed", seed ? hex(seed) : "not fixed until the request is opened"],
  ["Fairness table", audit.table ? hex(audit.table, `#/fairness/${audit.table}`) : null],
  ["Client's test set", audit.test_set ? hex(audit.test_set) : null],
  ["Where it is", test_set_uri || null],
  ["Roster", `${policy.min_roster} to ${policy.max_roster} oracles`],
  ["Phases", `commit ${plural(policy.commit_blocks, "block")}, reveal ${plural(policy.reveal_blocks, "block")}, dispute ${plural(policy.dispute_blocks, "block")}`],
]));

const money = ({ escrow, policy, settlement }) => card("Money", "in tokens of the network", facts([
  ["Paid by the client", tokens(escrow)],
  ["Fee for a vote within tolerance", tokens(policy.fee_per_oracle)],
  ["Bond of each oracle", tokens(policy.bond)],
  ...(settlement
    ? [["Paid to oracles", tokens(settlement.paid)], ["Slashed, to the treasury", tokens(settlement.slashed)], ["Back to the client", tokens(settlement.refund)], ["Forfeit", Number(settlement.forfeit) ? tokens(settlement.forfeit) : null], ["Settled", `block ${count(settlement.block)}`]]
    : [["Settled", "not yet"]]),
]));

/** What happened, in the order of the chain. */
export const timeline = (moments) => card("On the chain", plural(moments.length, "event"), h("details", {}, h("summary", {}, "Every event with its transaction"), table(
  [["Block", "name"], ["Event"], ["Seat"], ["Transaction"]],
  moments.map((moment, index) => [`moment-${index}`, [count(moment.block), title(moment.event), moment.seat === null ? "" : `Seat ${moment.seat}`, hex(moment.tx)]]))));
