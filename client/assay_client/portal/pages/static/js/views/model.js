// One model version: its claims, its verified metrics over time, its audits.

import { series } from "../charts/series.js";
import { h } from "../dom.js";
import { plural, title } from "../format.js";
import { card, claims, empty, facts, head, hex } from "../parts.js";
import { auditTable } from "./audits.js";
import { tally } from "./models.js";

const FIRST = [
  "accuracy",
  "robust_accuracy",
  "log_loss",
  "calibration_error",
  "demographic_parity_difference",
  "equal_opportunity_difference",
];

export const model = {
  menu: "models",
  name: ({ id }) => `Model ${id}`,
  reads: ({ id }) => ({ network: "/network", found: `/models/${id}`, history: `/models/${id}/metrics?limit=50` }),
  view: ({ network, found, history }) => {
    const { model, audits } = found;
    return [
      head(model.name ?? `Model ${model.model_id}`, {
        trail: h("a", { href: "#/models" }, "Models"),
        sub: [
          `Model ${model.model_id}`,
          model.version ? `, version ${model.version}` : null,
          model.supersedes
            ? [", replaces ", h("a", { href: `#/models/${model.supersedes}` }, `model ${model.supersedes}`)]
            : null,
        ],
        end: tally(model.claims),
      }),
      model.problem
        ? h("div", { class: "note warn" }, h("p", {}, h("b", {}, "The manifest cannot be read here. "), model.problem))
        : null,
      card(
        "Claims",
        "each by the newest final audit that measures it on what the supplier published",
        found.claims.length
          ? claims(found.claims)
          : empty("No claims", "The supplier promised nothing about this version."),
      ),
      overTime(history.points, found.claims),
      card(
        "Audits",
        plural(model.audits, "audit was requested", "audits were requested"),
        audits.length
          ? auditTable(audits, network)
          : empty(
              "Not audited yet",
              `A client pays for an audit with: assay audit request ${model.name ?? model.model_id}`,
            ),
      ),
      card(
        "Published",
        null,
        facts([
          ["Supplier", hex(model.owner)],
          ["Manifest", hex(model.manifest_digest)],
          ["Where it is", h("span", { class: "break" }, model.uri)],
        ]),
      ),
    ];
  },
};

/** A chart for each metric. Audits on clients' own test sets measure something else, and are not drawn. */
function overTime(points, promised) {
  const declared = points.filter((point) => point.test_set === null);
  const names = [...new Set(declared.flatMap((point) => Object.keys(point.metrics)))];
  const claimed = new Set(promised.map((claim) => claim.metric));
  names.sort((a, b) => rank(a, claimed) - rank(b, claimed));
  const drawn = names
    .map((name) => [name, declared.filter((point) => isFinite(point.metrics[name]?.value ?? NaN))])
    .filter(([, found]) => found.length);
  if (!drawn.length)
    return card(
      "Verified metrics over time",
      null,
      empty("Nothing verified yet", "Numbers appear here when an audit is decided."),
    );
  const charts = drawn.map(([name, found]) =>
    h(
      "div",
      { "data-key": `chart-${name}` },
      h("h3", {}, title(name), h("span", { class: "soft small" }, ` ${found[0].metrics[name].unit}`)),
      series(
        title(name),
        found.map((point) => shape(point, name)),
        promised.filter((claim) => claim.metric === name),
        Math.min(6, found[0].metrics[name].scale),
      ),
    ),
  );
  const left = points.length - declared.length;
  const split = Math.max(4, drawn.filter(([name]) => claimed.has(name)).length);
  return card(
    "Verified metrics over time",
    "dots are results (hollow: provisional), whiskers the spread of the votes, dashes what was claimed",
    h("div", { class: "plots" }, charts.slice(0, split)),
    charts.length > split
      ? h(
          "details",
          {},
          h("summary", {}, plural(charts.length - split, "more metric")),
          h("div", { class: "plots" }, charts.slice(split)),
        )
      : null,
    left ? h("p", { class: "soft small" }, `${plural(left, "audit")} on clients' own test sets not drawn.`) : null,
  );
}

const rank = (name, claimed) => (claimed.has(name) ? 0 : FIRST.includes(name) ? 1 + FIRST.indexOf(name) : 100);

const shape = (point, name) => ({
  audit_id: point.audit_id,
  block: point.decided_block,
  value: point.metrics[name].value,
  min: point.metrics[name].min,
  max: point.metrics[name].max,
  provisional: point.state === "provisional",
});
