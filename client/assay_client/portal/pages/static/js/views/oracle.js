// One oracle: its standing, its audits, how its stake changed.

import { h } from "../dom.js";
import { count, percent, plural, title, tokens } from "../format.js";
import { card, empty, facts, figures, head, hex, table } from "../parts.js";
import { auditTable } from "./audits.js";
import { standing } from "./oracles.js";

export const oracle = {
  menu: "oracles",
  name: ({ id }) => `Oracle, seat ${id}`,
  reads: ({ id }) => ({ network: "/network", found: `/oracles/${id}` }),
  view: ({ network, found }) => {
    const { oracle, movements, audits } = found;
    const { record } = oracle;
    return [
      head(`Oracle, seat ${oracle.seat}`, {
        trail: h("a", { href: "#/oracles" }, "Oracles"),
        sub: hex(oracle.address),
        end: standing(oracle, found.as_of.number),
      }),
      figures([
        ["Free stake", tokens(oracle.free), `of at least ${tokens(oracle.minimum_stake)}`],
        ["Locked to open audits", tokens(oracle.locked)],
        [
          "Agreement",
          record.agreement === null ? "none yet" : percent(record.agreement),
          record.agreement === null ? null : `${record.agreed} of ${record.decided}`,
        ],
        ["Slashed", plural(record.slashes, "time"), Number(record.lost) ? `${tokens(record.lost)} lost` : null],
        ["Earned", tokens(record.earned)],
        ["Strikes", count(oracle.strikes), "in a row"],
      ]),
      card(
        "Audits",
        plural(record.audits, "audit drew it", "audits drew it"),
        audits.length ? auditTable(audits, network) : empty("Never drawn", "Audits draw from the active seats."),
      ),
      h(
        "div",
        { class: "grid-2" },
        card(
          "Stake",
          "newest first",
          movements.length
            ? table([["Block", "name"], ["Change"], ["Tokens", "right"], ["Transaction"]], movements.map(movement))
            : empty("Nothing yet", "Stakes, rewards and slashes appear here."),
        ),
        card(
          "Account",
          null,
          facts([
            ["Admitted", oracle.admitted ? "yes" : "no: its role was revoked"],
            ["Can be drawn", oracle.active ? "yes" : "no"],
            ["Jailed", oracle.jailed_until ? `until block ${count(oracle.jailed_until)}` : "no"],
            [
              "Leaving",
              Number(oracle.unbonding)
                ? `${tokens(oracle.unbonding)}, from block ${count(oracle.release_block + 1)}`
                : "nothing",
            ],
            ["Can withdraw", tokens(oracle.owed)],
            ["Outside the vault", tokens(oracle.balance)],
          ]),
        ),
      ),
    ];
  },
};

const SIGN = { staked: "+", rewarded: "+", released: "−", slashed: "−" };

const movement = (each, index) => [
  `move-${each.block}-${index}`,
  [count(each.block), title(each.event), `${SIGN[each.event] ?? ""} ${tokens(each.amount)}`, hex(each.tx)],
];
