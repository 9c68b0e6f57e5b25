// The votes of an audit lane by lane, and the lower median that these pages compute from them again.

import { strip } from "../charts/strip.js";
import { h, s } from "../dom.js";
import { plural, words } from "../format.js";
import { card, table } from "../parts.js";

/** The card with every lane; null while nobody revealed values. */
export function lanes({ ballots, policy, audit }) {
  const voted = ballots.filter((ballot) => ballot.verdict === "values");
  if (!voted.length) return null;
  const rows = policy.lanes.map((lane) => describe(lane, voted));
  const apart = rows.filter((row) => row.distance).sort((a, b) => b.distance - a.distance);
  const alike = rows.filter((row) => !row.distance);
  const remark =
    audit.outcome === "values"
      ? "the result is the lower median, computed here again from the votes"
      : `${plural(voted.length, "vote")} of values, no result`;
  return card(
    "Votes, lane by lane",
    remark,
    legend(),
    apart.length ? laneTable(apart, audit) : h("p", {}, `All votes are equal in all ${plural(alike.length, "lane")}.`),
    alike.length
      ? h(
          "details",
          {},
          h(
            "summary",
            {},
            plural(alike.length, "lane in which all votes are equal", "lanes in which all votes are equal"),
          ),
          laneTable(alike, audit),
        )
      : null,
  );
}

function describe(lane, voted) {
  const votes = voted.map((ballot) => ({ seat: ballot.seat, raw: ballot.lanes[lane.name], standing: ballot.standing }));
  const sorted = votes.map((vote) => vote.raw).sort((a, b) => a - b);
  const median = sorted[(sorted.length - 1) >> 1];
  const away = (vote) => Math.abs(vote.raw - median);
  const furthest = votes.reduce((worst, vote) => (away(vote) > away(worst) ? vote : worst));
  return { lane, votes, median, furthest, distance: away(furthest) / Math.max(1, lane.tolerance) };
}

const laneTable = (rows, audit) =>
  table(
    [
      ["Lane", "name"],
      [audit.outcome === "values" ? "Result" : "Median", "right"],
      ["Tolerance", "right"],
      ["Unit"],
      ["Votes"],
      ["Furthest vote", "right"],
    ],
    rows.map(({ lane, votes, median, furthest }) => {
      const value = (raw) => ((raw - lane.offset) / 10 ** lane.decimals).toFixed(lane.decimals);
      return [
        lane.name,
        [
          words(lane.name),
          value(median),
          (lane.tolerance / 10 ** lane.decimals).toFixed(lane.decimals),
          lane.unit,
          strip(words(lane.name), votes, median, lane.tolerance),
          furthest.raw === median ? "equal" : `seat ${furthest.seat}: ${value(furthest.raw)}`,
        ],
      ];
    }),
  );

const legend = () => {
  const sample = (kind, props) =>
    s("svg", { class: "chart", viewBox: "0 0 22 12", "aria-hidden": "true" }, s(kind, props));
  const dot = (tone) => sample("circle", { class: `dot ${tone}`, cx: 11, cy: 6, r: 4 });
  const zone = (name) => sample("rect", { class: name, x: 1, y: 1, width: 20, height: 10, rx: 2 });
  return h(
    "ul",
    { class: "key" },
    [
      [dot("good"), "paid"],
      [dot("warn"), "neither paid nor slashed"],
      [dot("bad"), "slashed"],
      [dot(""), "not decided"],
      [zone("within"), "within tolerance"],
      [zone("near"), "within twice the tolerance"],
    ].map(([mark, word]) => h("li", {}, mark, word)),
  );
};
