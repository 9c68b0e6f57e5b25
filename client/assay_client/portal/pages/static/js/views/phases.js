// The phases of one audit: which are over, which runs, until when.

import { h } from "../dom.js";
import { count, plural } from "../format.js";
import { card, hex, left } from "../parts.js";
import { ENDED } from "./audits.js";

const OPEN_WINDOW = 200; // blocks within which a request can be opened: a constant of the protocol
const STEPS = [
  ["Requested", ["requested"]],
  ["Committing", ["committing"]],
  ["Revealing", ["revealing", "closing"]],
  ["Dispute window", ["dispute", "finalizing"]],
  ["Settled", ["final", "expired", "overturned"]],
];

/** The card with an audit's phases. */
export function phases({ audit, policy, timeline }, network) {
  const at = (event) => timeline.find((moment) => moment.event === event)?.block;
  const reached = reachedStep(at);
  const now = ENDED.has(audit.phase) ? STEPS.length : STEPS.findIndex(([, stages]) => stages.includes(audit.phase));
  const notes = [
    `block ${count(audit.request_block)}`,
    at("opened") === undefined ? null : `${audit.committed} of ${audit.roster} committed`,
    at("opened") === undefined ? null : `${audit.revealed} of ${audit.roster} revealed`,
    at("decided") === undefined ? null : `decided in block ${count(at("decided"))}`,
    settled(audit, at),
  ];
  const step = ([name], index) => {
    const condition =
      index === now
        ? "now"
        : index === STEPS.length - 1 && ENDED.has(audit.phase)
          ? audit.phase === "final"
            ? "done"
            : "ended"
          : index <= reached && index < now
            ? "done"
            : "never";
    return h(
      "li",
      { "data-state": condition, "aria-current": index === now ? "step" : null },
      h("b", {}, name),
      notes[index],
      index === now ? meter(audit, policy, network) : null,
    );
  };
  return card(
    "Phases",
    ended(audit) ?? countdown(audit, network),
    h("ol", { class: "steps" }, STEPS.map(step)),
    audit.appellant ? appeal(audit) : null,
  );
}

const APPEALS = {
  final: "All votes together confirmed the decision.",
  overturned: "All votes together replaced the decision.",
  expired: "Together the votes decided nothing.",
};

const appeal = (audit) =>
  h(
    "div",
    { class: "note warn appeal" },
    h(
      "p",
      {},
      h(
        "b",
        {},
        `Appealed: ${plural(audit.added.length, "more oracle votes", "more oracles vote")} `,
        `(${audit.added.map((seat) => `seat ${seat}`).join(", ")}). `,
      ),
      APPEALS[audit.phase] ?? "All votes together decide, once and for good.",
    ),
    h("p", { class: "small" }, "Appellant: ", hex(audit.appellant)),
  );

/** The last step that an audit got to, by its events. */
const reachedStep = (at) =>
  at("decided") !== undefined ? 4 : at("revealed") !== undefined ? 2 : at("opened") !== undefined ? 1 : 0;

const settled = (audit, at) =>
  ({
    final: `block ${count(at("finalized") ?? 0)}`,
    expired: `expired in block ${count(at("expired") ?? 0)}`,
    overturned: "overturned on appeal",
  })[audit.phase] ?? null;

const ended = (audit) => (ENDED.has(audit.phase) ? "Nothing can change any more" : null);

const NEXT = { closing: "Anyone can close it now", finalizing: "Anyone can finalize it now" };

const countdown = (audit, network) =>
  NEXT[audit.phase] ??
  `${left(audit.deadline_block, network.as_of.number, network.block_time)}, until block ${count(audit.deadline_block)}`;

function meter(audit, policy, network) {
  const length = {
    requested: OPEN_WINDOW,
    committing: policy.commit_blocks,
    revealing: policy.reveal_blocks,
    dispute: policy.dispute_blocks,
  }[audit.phase];
  if (!length || audit.deadline_block === null) return null;
  const remaining = Math.max(0, audit.deadline_block - network.as_of.number);
  return h("progress", {
    max: length,
    value: Math.max(0, length - remaining),
    "aria-label": `${plural(remaining, "block")} left of this phase`,
  });
}
