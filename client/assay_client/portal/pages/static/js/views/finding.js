// What an audit found: metrics with the spread between oracles, a table's fault, a service's agreement.

import { state } from "../badges.js";
import { h } from "../dom.js";
import { count, decimal, plural, title } from "../format.js";
import { card, table } from "../parts.js";
import { groupBars } from "./groups.js";

const WORDS = {
  "invalid-spec":
    "A majority found that what was published cannot be audited as it stands: a malformed manifest, shapes that " +
    "do not fit, or bytes that are not what was declared.",
  unavailable:
    "A majority could not obtain the published files, or not compute within its limits. The client was refunded what " +
    "oracles did not earn.",
};

/** The card with an audit's result. */
export function result(finding, audit) {
  const names = Object.keys(finding.metrics);
  const standing = finding.state === "final" ? "Final" : "Provisional until the dispute window has passed";
  const remark = `${standing}; carried by ${plural(finding.voters.length, "oracle")} of ${audit.roster}`;
  const parts = [
    finding.table?.fault
      ? h(
          "div",
          { class: "note bad" },
          h(
            "p",
            {},
            h("b", {}, `The supplier's table is false in row ${count(finding.table.fault.row)}.`),
            ` ${finding.table.fault.sentence}`,
          ),
        )
      : null,
    WORDS[audit.outcome] ? h("p", {}, WORDS[audit.outcome]) : null,
    finding.table?.counts ? groupBars([], finding.table.counts) : null,
    names.length
      ? metricTable(
          audit.kind === "fairness" ? "95 % interval" : "Spread between oracles",
          names.map((name) => [name, finding.metrics[name]]),
        )
      : null,
    finding.service ? service(finding.service) : null,
  ];
  return card(audit.outcome === "values" ? "Verified metrics" : "Finding", remark, parts);
}

/** Metrics, each with its value and the interval around it. metrics: [[name, {value, unit, scale, min, max}]]. */
export const metricTable = (interval, metrics) =>
  table(
    [
      ["Metric", "name"],
      ["Value", "right"],
      [interval, "right"],
    ],
    metrics.map(([name, { value, unit, scale, min, max }]) => {
      const digits = Math.min(scale, 6);
      const around =
        min === null
          ? ""
          : min === max
            ? "exact"
            : `${decimal(min, digits)} to ${max === null ? "no bound" : decimal(max, digits)}`;
      return [
        name,
        [
          [title(name), h("span", { class: "soft unit" }, ` ${unit}`)],
          decimal(value, digits),
          h("span", { class: "soft" }, around),
        ],
      ];
    }),
    "narrow",
  );

const service = (found) => [
  h("h3", {}, "Agreement of the service"),
  h(
    "p",
    { class: "soft" },
    `${count(found.answered)} of ${count(found.asked)} queries of ${plural(found.oracles, "oracle")} were answered. `,
    Object.values(found.evenness).some((each) => each.uneven)
      ? "They did not all meet the same service."
      : "As far as counts tell, all met the same service.",
  ),
  found.objectives.length
    ? table(
        [["Objective"], ["Share met", "right"], ["State"], ["Because", "wide"]],
        found.objectives.map((each) => [
          each.objective,
          [
            `${each.objective} ${each.op} ${each.share}`,
            `${each.successes} / ${each.trials}`,
            state(each.state),
            h("span", { class: "soft small" }, each.reason),
          ],
        ]),
      )
    : null,
];
