// Every oracle with a seat: what it stands to lose, how often it was right, what it lost.

import { badge, state } from "../badges.js";
import { h, s } from "../dom.js";
import { count, percent, plural, tokens } from "../format.js";
import { empty, head, hex, table } from "../parts.js";

/** Whether an oracle takes part. */
export function standing(oracle, block) {
  if (!oracle.admitted) return badge("bad", "Revoked");
  if (oracle.jailed_until > block) return badge("bad", `Jailed until block ${count(oracle.jailed_until)}`);
  if (oracle.active) return state("active");
  return badge("warn", Number(oracle.free) < Number(oracle.minimum_stake) ? "Too little stake" : "Inactive");
}

/** Stake as a bar: free, and locked to open audits, out of the largest stake there is. */
function stakeBar(oracle, largest) {
  const [free, locked] = [Number(oracle.free), Number(oracle.locked)];
  const width = (amount) => (largest ? (100 * amount) / largest : 0);
  return h(
    "span",
    { class: "stake" },
    s(
      "svg",
      {
        class: "chart",
        viewBox: "0 0 100 8",
        preserveAspectRatio: "none",
        role: "img",
        "aria-label": `${tokens(oracle.free)} free, ${tokens(oracle.locked)} locked`,
      },
      s("rect", { class: "track", x: 0, y: 0, width: 100, height: 8 }),
      s("rect", { class: "bar", x: 0, y: 0, width: width(free), height: 8 }),
      s("rect", { class: "bar second", x: width(free), y: 0, width: width(locked), height: 8 }),
    ),
    h(
      "span",
      { class: "num" },
      tokens(oracle.free),
      locked ? h("span", { class: "soft" }, ` + ${tokens(oracle.locked)} locked`) : null,
    ),
  );
}

/** How often its vote carried the outcome. */
const agreement = ({ agreement, agreed, decided }) =>
  agreement === null
    ? h("span", { class: "soft" }, "no decided audit")
    : h("span", { class: "num" }, percent(agreement), h("span", { class: "soft" }, ` ${agreed} of ${decided}`));

export const oracles = {
  menu: "oracles",
  name: () => "Oracles",
  reads: () => ({ found: "/oracles" }),
  view: ({ found }) => {
    const largest = Math.max(...found.oracles.map((oracle) => Number(oracle.free) + Number(oracle.locked)), 0);
    return [
      head("Oracles", { sub: `${plural(found.oracles.length, "seat")} taken; a seat is permanent.` }),
      h(
        "section",
        { class: "card" },
        found.oracles.length
          ? table(
              [
                ["Seat", "name"],
                ["Oracle"],
                ["Standing"],
                ["Stake"],
                ["Agreement"],
                ["Slashed", "right"],
                ["Lost", "right"],
                ["Earned", "right"],
                ["Strikes", "right"],
              ],
              found.oracles.map((oracle) => row(oracle, largest, found.as_of.number)),
            )
          : empty("No oracle has a seat yet", "An admitted oracle takes one with: assay oracle stake AMOUNT"),
      ),
      h(
        "p",
        { class: "soft small" },
        "Agreement: decided audits in which the oracle's vote carried the outcome, of all decided audits that drew it.",
      ),
    ];
  },
};

const row = (oracle, largest, block) => [
  `seat-${oracle.seat}`,
  [
    h("a", { href: `#/oracles/${oracle.seat}` }, `Seat ${oracle.seat}`),
    hex(oracle.address),
    standing(oracle, block),
    stakeBar(oracle, largest),
    agreement(oracle.record),
    oracle.record.slashes ? badge("bad", plural(oracle.record.slashes, "time")) : h("span", { class: "soft" }, "never"),
    Number(oracle.record.lost) ? tokens(oracle.record.lost) : h("span", { class: "soft" }, "0"),
    tokens(oracle.record.earned),
    count(oracle.strikes),
  ],
];
