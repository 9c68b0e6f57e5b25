// The network: its money, its policies, its contracts, and whose signature receipts carry.

import { badge, state } from "../badges.js";
import { h } from "../dom.js";
import { count, tokens } from "../format.js";
import { card, facts, figures, head, hex, table } from "../parts.js";
import { KIND_WORDS } from "./audits.js";

export const network = {
  menu: "network",
  name: () => "Network",
  reads: () => ({ network: "/network", treasury: "/treasury", policies: "/policies" }),
  view: ({ network, treasury, policies }) => [
    head("Network", {
      sub: `Chain ${network.chain_id}, a block every ${network.block_time} s`,
      end: network.paused ? badge("warn", "New requests paused") : badge("good", "Takes requests"),
    }),
    figures([
      ["Tokens", tokens(treasury.supply)],
      ["Held by the vault", tokens(treasury.vault)],
      ["Staked", tokens(treasury.staked), `${tokens(treasury.locked)} locked`],
      ["In escrow", tokens(treasury.escrowed)],
      ["Owed to accounts", tokens(treasury.total_owed)],
      ["Slashed so far", tokens(treasury.slashed)],
    ]),
    card(
      "Policies",
      "the rules that audits cite; a policy never changes",
      table(
        [
          ["Policy", "name"],
          ["Kind"],
          ["Roster", "right"],
          ["Fee an oracle", "right"],
          ["Bond", "right"],
          ["Phases, blocks", "right"],
          ["State"],
        ],
        policies.policies.map((policy) => [
          `policy-${policy.policy_id}`,
          [
            policy.name,
            KIND_WORDS[policy.kind],
            `${policy.min_roster} to ${policy.max_roster}`,
            tokens(policy.fee_per_oracle),
            tokens(policy.bond),
            `${count(policy.commit_blocks)} / ${count(policy.reveal_blocks)} / ${count(policy.dispute_blocks)}`,
            policy.retired
              ? badge("none", "Retired")
              : policy.development
                ? badge("warn", "Development")
                : state("active"),
          ],
        ]),
      ),
    ),
    h(
      "div",
      { class: "grid-2" },
      card(
        "Treasury",
        null,
        facts([
          ["Account", hex(treasury.treasury)],
          ["Holds", tokens(treasury.balance)],
          ["Can withdraw", tokens(treasury.owed)],
        ]),
      ),
      card(
        "This gateway",
        null,
        facts([
          ["Receipts are signed by", hex(network.signer)],
          ["Fairness board", network.fairness === "public" ? "readable by anyone" : "readable by members"],
          ["Version", network.version],
        ]),
      ),
    ),
    card("Contracts", null, facts(Object.entries(network.contracts).map(([name, address]) => [name, hex(address)]))),
  ],
};
