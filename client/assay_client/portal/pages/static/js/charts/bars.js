// Rates of groups side by side, each with its interval.

import { h, s } from "../dom.js";
import { percent } from "../format.js";
import { linear } from "./scale.js";

const [ROW, LEFT, RIGHT, TOP, BOTTOM] = [24, 66, 62, 6, 20];

/** groups: [{name, value, low, high}]; values in [0, 1] or null. */
export function bars(name, groups) {
  const width = innerWidth < 480 ? 320 : 520;
  const x = linear(0, 1, LEFT, width - RIGHT);
  const height = TOP + ROW * groups.length + BOTTOM;
  const floor = height - BOTTOM;
  const said = groups
    .map((group) => `${group.name} ${group.value === null ? "undefined" : percent(group.value)}`)
    .join(", ");
  return h(
    "figure",
    {},
    h("h3", {}, name),
    s(
      "svg",
      { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${name}: ${said}` },
      [0, 0.25, 0.5, 0.75, 1].map((tick) => [
        s("line", { class: "grid", x1: x(tick), x2: x(tick), y1: TOP, y2: floor }),
        s("text", { x: x(tick), y: height - 5, "text-anchor": "middle" }, `${100 * tick}${tick === 1 ? " %" : ""}`),
      ]),
      groups.map((group, index) => bar(group, TOP + ROW * index, x, width)),
    ),
  );
}

function bar(group, top, x, width) {
  const middle = top + ROW / 2;
  const end = (value) => s("line", { class: "error", x1: x(value), x2: x(value), y1: middle - 4, y2: middle + 4 });
  return s(
    "g",
    {},
    s("text", { class: "strong", x: 0, y: middle + 4 }, group.name),
    group.value === null
      ? s("text", { x: x(0) + 6, y: middle + 4 }, "undefined")
      : [
          s("rect", {
            class: "bar",
            x: x(0),
            y: top + 5,
            width: Math.max(1, x(group.value) - x(0)),
            height: ROW - 10,
            rx: 2,
          }),
          s("line", { class: "error", x1: x(group.low), x2: x(group.high), y1: middle, y2: middle }),
          end(group.low),
          end(group.high),
          s("text", { class: "strong", x: width, y: middle + 4, "text-anchor": "end" }, percent(group.value)),
        ],
  );
}
