// Who of the roster did what, and what became of it.

import { state } from "../badges.js";
import { h } from "../dom.js";
import { count, title, tokens } from "../format.js";
import { card, hex, table } from "../parts.js";

/** The card with the votes of the roster. */
export function votes({ ballots, audit }) {
  const at = (block, tx) =>
    block === null
      ? h("span", { class: "soft" }, "not")
      : h("span", { class: "num", title: tx }, `block ${count(block)}`);
  const money = (ballot) =>
    Number(ballot.slashed)
      ? h("span", {}, `− ${tokens(ballot.slashed)}`)
      : Number(ballot.paid)
        ? `+ ${tokens(ballot.paid)}`
        : "";
  return card(
    "Oracles and their votes",
    `a roster of ${audit.roster}, drawn with the audit's seed`,
    table(
      [["Seat", "name"], ["Oracle"], ["Committed"], ["Revealed"], ["Verdict"], ["Standing"], ["Tokens", "right"]],
      ballots.map((ballot) => [
        `seat-${ballot.seat}`,
        [
          h("a", { href: `#/oracles/${ballot.seat}` }, `Seat ${ballot.seat}`),
          hex(ballot.oracle),
          at(ballot.commit_block, ballot.commit_tx),
          at(ballot.reveal_block, ballot.reveal_tx),
          ballot.verdict === "none" ? h("span", { class: "soft" }, "none") : title(ballot.verdict),
          state(ballot.standing, ballot.standing === "neither" ? "Not paid" : undefined),
          money(ballot),
        ],
      ]),
    ),
    h(
      "details",
      {},
      h("summary", {}, "Commitments, transactions and evidence digests"),
      table(
        [["Seat", "name"], ["Commitment"], ["Commit"], ["Reveal"], ["Evidence"]],
        ballots.map((ballot) => [
          `proof-${ballot.seat}`,
          [
            `Seat ${ballot.seat}`,
            ...[
              ballot.commitment,
              ballot.commit_tx,
              ballot.reveal_tx,
              /[1-9a-f]/.test(ballot.evidence) ? ballot.evidence : null,
            ].map((digest) => (digest ? hex(digest) : "")),
          ],
        ]),
      ),
    ),
  );
}
