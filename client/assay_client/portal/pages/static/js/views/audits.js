// Every audit, newest first; and what lists of audits elsewhere show of each.

import { outcome, state } from "../badges.js";
import { h } from "../dom.js";
import { count, plural, short, title } from "../format.js";
import { empty, head, left, seats, table } from "../parts.js";

const PHASES = [
  "requested",
  "committing",
  "revealing",
  "closing",
  "dispute",
  "finalizing",
  "final",
  "expired",
  "overturned",
];
const KINDS = ["whitebox", "service", "both", "fairness"];
export const ENDED = new Set(["final", "expired", "overturned"]);
export const KIND_WORDS = {
  whitebox: "Whitebox",
  service: "Service",
  both: "Whitebox and service",
  fairness: "Fairness",
};

/** What an audit is about, as a link. */
const modelLink = (audit) => h("a", { href: `#/models/${audit.model_id}` }, audit.model ?? `Model ${audit.model_id}`);

const timeLeft = (audit, network) =>
  ENDED.has(audit.phase)
    ? h("span", { class: "soft" }, "ended")
    : left(audit.deadline_block, network.as_of.number, network.block_time);

/** A list of audits. When all have ended, when they were requested says more than how long they have. */
export function auditTable(audits, network) {
  const past = audits.every((audit) => ENDED.has(audit.phase));
  return table(
    [["Audit", "name"], ["Model"], ["Kind"], ["Phase"], ["Votes"], [past ? "Requested" : "Time left"], ["Result"]],
    audits.map((audit) => [
      `audit-${audit.audit_id}`,
      [
        h("a", { href: `#/audits/${audit.audit_id}` }, `Audit ${audit.audit_id}`),
        modelLink(audit),
        h("span", {}, KIND_WORDS[audit.kind], audit.test_set ? h("span", { class: "soft" }, ", own test set") : null),
        state(audit.phase),
        seats(audit.roster, audit.committed, audit.revealed),
        h("span", { class: "num" }, past ? `block ${count(audit.request_block)}` : timeLeft(audit, network)),
        audit.outcome === "none"
          ? h("span", { class: "soft" }, ENDED.has(audit.phase) ? "no result" : "open")
          : outcome(audit.outcome),
      ],
    ]),
  );
}

export const audits = {
  menu: "audits",
  name: () => "Audits",
  reads: (_, query) => ({ network: "/network", page: `/audits?${query}` }),
  view: ({ network, page }, { query, go }) => [
    head("Audits", {
      sub: [
        plural(network.counts.audits, "audit was", "audits were"),
        " requested on this network; listed are those whose details you may see.",
      ],
    }),
    h("section", { class: "card" }, filters(query, go), list(page, network, query)),
  ],
};

function filters(query, go) {
  const choose = (event) => {
    const next = new URLSearchParams(query);
    next.delete("cursor");
    event.target.value ? next.set(event.target.name, event.target.value) : next.delete(event.target.name);
    go(`/audits?${next}`);
  };
  const select = (name, label, choices) =>
    h(
      "div",
      {},
      h("label", { for: `filter-${name}` }, label),
      h(
        "select",
        { id: `filter-${name}`, name, onchange: choose },
        h("option", { value: "" }, "All"),
        choices.map((choice) => h("option", { value: choice, selected: query.get(name) === choice }, title(choice))),
      ),
    );
  return h(
    "div",
    { class: "filters" },
    select("phase", "Phase", PHASES),
    select("kind", "Kind", KINDS),
    query.get("model")
      ? h("p", {}, `Of model ${query.get("model")} only. `, h("a", { href: "#/audits" }, "Show all"))
      : null,
  );
}

function list(page, network, query) {
  if (!page.audits.length) {
    return query.size
      ? empty("No audit fits", "Choose another phase or kind.")
      : empty("No audit yet", "A client pays for one with: assay audit request MODEL");
  }
  return [auditTable(page.audits, network), older(page.cursor, query, "audits")];
}

/** The way to the next page of a list. */
export function older(cursor, query, where) {
  if (cursor === null)
    return query.has("cursor") ? h("p", {}, h("a", { href: `#/${where}` }, "Back to the newest")) : null;
  const next = new URLSearchParams(query);
  next.set("cursor", cursor);
  return h("p", {}, h("a", { class: "button", href: `#/${where}?${next}` }, "Older"));
}

/** "digits, model 1" for sentences. */
export const modelName = (audit) =>
  audit.model ? `${audit.model}, model ${count(audit.model_id)}` : `model ${count(audit.model_id)}`;

/** "whitebox-10-dev" or a digest, short. */
export const subject = (audit) =>
  audit.table
    ? `table ${short(audit.table)}`
    : audit.test_set
      ? `the client's test set ${short(audit.test_set)}`
      : "the declared test set";
