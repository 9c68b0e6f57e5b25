// How a model treats groups: their rates with intervals, and the counts behind them.

import { bars } from "../charts/bars.js";
import { h } from "../dom.js";
import { count, title } from "../format.js";
import { table } from "../parts.js";

const SHOWN = ["selection_rate", "true_positive_rate", "false_positive_rate", "positive_predictive_value"];

/** rates: of each group by name, with intervals; counts: of the permutations k = 4 * group + 2 * actual + predicted. */
export const groupBars = (rates, counts) => [
  rates.length
    ? h(
        "div",
        { class: "plots" },
        SHOWN.map((name) =>
          bars(
            title(name),
            rates.map((group, index) => ({ name: `Group ${index}`, ...group[name] })),
          ),
        ),
      )
    : null,
  counts
    ? h(
        "details",
        { open: !rates.length },
        h("summary", {}, "Rows of each group, counted"),
        table(
          [
            ["Group", "name"],
            ["Rows", "right"],
            ["True negative", "right"],
            ["False positive", "right"],
            ["False negative", "right"],
            ["True positive", "right"],
          ],
          Array.from({ length: counts.length / 4 }, (_, group) => {
            const cells = counts.slice(4 * group, 4 * group + 4);
            return [
              `group-${group}`,
              [`Group ${group}`, count(cells.reduce((sum, cell) => sum + cell, 0)), ...cells.map(count)],
            ];
          }),
        ),
      )
    : null,
];
