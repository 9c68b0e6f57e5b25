// One metric over time: a dot for each audit, a whisker from the least to the greatest of the votes behind it, and
// dashed what the supplier claimed.

import { h, s } from "../dom.js";
import { count, decimal } from "../format.js";
import { linear, range, ticks } from "./scale.js";

const HEIGHT = 190;
const [TOP, BOTTOM, LEFT, RIGHT] = [14, 26, 52, 14];
const GAP = 16;

/**
 * points: [{audit_id, block, value, min, max, provisional}], oldest first, values not null.
 * claims: [{op, bound, state}].
 */
export function series(name, points, claims, digits) {
  const width = innerWidth < 480 ? 320 : 520;
  const bounds = claims.map((claim) => claim.bound);
  const [low, high] = range(
    points.flatMap((point) => [point.value, point.min ?? point.value, point.max ?? point.value]).concat(bounds),
  );
  const y = linear(low, high, HEIGHT - BOTTOM, TOP);
  const xs = spaced(
    points.map((point) => point.block),
    LEFT + 14,
    width - RIGHT - 14,
  );
  const axis = ticks(low, high);
  const spreads = points.filter((point) => point.min !== null && point.max !== null && point.max > point.min);
  const widest = Math.max(0, ...spreads.map((point) => point.max - point.min));
  return h(
    "figure",
    {},
    s(
      "svg",
      {
        class: "chart",
        viewBox: `0 0 ${width} ${HEIGHT}`,
        role: "group",
        "aria-label": `${name} in ${points.length} audits`,
      },
      axis.found.map((tick) => [
        s("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }),
        s("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, tick.toFixed(axis.digits)),
      ]),
      s("text", { x: LEFT, y: HEIGHT - 6 }, `block ${count(points[0].block)}`),
      points.length > 1
        ? s("text", { x: width - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, `block ${count(points.at(-1).block)}`)
        : null,
      claims.map((claim) => [
        s("line", { class: "bound", x1: LEFT, x2: width - RIGHT, y1: y(claim.bound), y2: y(claim.bound) }),
        s(
          "text",
          {
            class: "bound-word",
            x: width - RIGHT,
            y: y(claim.bound) + beside(claim, y(claim.bound)),
            "text-anchor": "end",
          },
          `claimed ${claim.op === ">=" ? "≥" : "≤"} ${claim.bound}`,
        ),
      ]),
      points.length > 1
        ? s("polyline", {
            class: "course",
            points: points.map((point, index) => `${xs[index]},${y(point.value)}`).join(" "),
          })
        : null,
      points.map((point, index) => mark(point, xs[index], y, digits)),
    ),
    h(
      "figcaption",
      {},
      widest ? `Greatest spread between oracles: ${decimal(widest, digits)}` : "All oracles gave the same number",
    ),
  );
}

function mark(point, x, y, digits) {
  const spread = point.min !== null && point.max > point.min;
  const said = [
    `Audit ${point.audit_id}, block ${count(point.block)}: ${decimal(point.value, digits)}`,
    spread ? `, votes from ${decimal(point.min, digits)} to ${decimal(point.max, digits)}` : "",
    point.provisional ? ", provisional" : "",
  ].join("");
  const tip = (value) => s("line", { class: "whisker", x1: x - 4, x2: x + 4, y1: y(value), y2: y(value) });
  return s(
    "a",
    { href: `#/audits/${point.audit_id}`, "aria-label": said },
    s("title", {}, said),
    spread
      ? [
          s("line", { class: "whisker", x1: x, x2: x, y1: y(point.min), y2: y(point.max) }),
          tip(point.min),
          tip(point.max),
        ]
      : null,
    s("circle", { class: point.provisional ? "dot provisional" : "dot", cx: x, cy: y(point.value), r: 4.5 }),
    s("circle", { cx: x, cy: y(point.value), r: 12, fill: "transparent" }),
  );
}

/** A bound's words stand on its forbidden side, unless there is no room. */
const beside = (claim, at) => (claim.op === ">=" ? (at > HEIGHT - BOTTOM - 16 ? -5 : 13) : at < TOP + 14 ? 13 : -5);

/** Places in proportion to the block, but far enough apart to be told from each other. */
function spaced(blocks, from, to) {
  const gap = Math.min(GAP, (to - from) / Math.max(1, blocks.length - 1));
  const place = linear(blocks[0], blocks.at(-1), from, to);
  const found = blocks.map(place);
  for (let i = 1; i < found.length; i++) found[i] = Math.max(found[i], found[i - 1] + gap);
  for (let i = found.length - 1; i >= 0; i--) found[i] = Math.min(found[i], to - (found.length - 1 - i) * gap);
  return found;
}
