// The votes of one lane, seen from the result: the band within the tolerance, the near band up to twice that, and a dot
// for each oracle. What lies further out sits at the edge.

import { s } from "../dom.js";
import { linear } from "./scale.js";

const [WIDTH, HEIGHT, REACH, RADIUS] = [190, 30, 3, 3.4];
const TONE = { paid: "good", slashed: "bad", neither: "warn", open: "" };

/** votes: [{seat, raw, standing}]; median and tolerance in raw units. */
export function strip(lane, votes, median, tolerance) {
  const unit = Math.max(1, tolerance);
  const x = linear(-REACH, REACH, 8, WIDTH - 8);
  const zone = (name, reach) =>
    s("rect", { class: name, x: x(-reach), y: 3, width: x(reach) - x(-reach), height: HEIGHT - 6, rx: 2 });
  const placed = votes.map((vote) => ({ ...vote, at: Math.max(-REACH, Math.min(REACH, (vote.raw - median) / unit)) }));
  const listed = votes.map((vote) => `seat ${vote.seat} ${vote.raw}`).join(", ");
  const said = `${lane}: ${listed}; result ${median}, tolerance ${tolerance}`;
  return s(
    "svg",
    { class: "chart strip", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said },
    s("title", {}, said),
    s("line", { class: "grid", x1: 4, x2: WIDTH - 4, y1: HEIGHT / 2, y2: HEIGHT / 2 }),
    tolerance ? [zone("near", 2), zone("within", 1)] : zone("within", 0.25),
    s("line", { class: "median", x1: x(0), x2: x(0), y1: 2, y2: HEIGHT - 2 }),
    placed.map((vote, index) =>
      s("circle", {
        class: `dot ${TONE[vote.standing]}`,
        cx: x(vote.at),
        cy: HEIGHT / 2 + offset(placed, index),
        r: RADIUS,
      }),
    ),
  );
}

/** Dots that would hide each other stand a little apart. */
function offset(placed, index) {
  const same = placed.filter((vote) => Math.abs(vote.at - placed[index].at) < 0.15);
  const step = Math.min(6, (HEIGHT - 8) / Math.max(1, same.length - 1));
  return (same.indexOf(placed[index]) - (same.length - 1) / 2) * step;
}
