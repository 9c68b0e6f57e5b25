// What surrounds every page: menu, the newest block, theme, who is signed in; below, what the page shows is as of.

import { icon } from "./badges.js";
import { h, morph, s } from "./dom.js";
import { count, duration, short } from "./format.js";
import { hex } from "./parts.js";
import { MENU } from "./router.js";
import { saveSigned } from "./saving.js";
import { chosen, turn } from "./theme.js";

const MARK = () =>
  s(
    "svg",
    { viewBox: "0 0 24 24", "aria-hidden": "true" },
    s("path", {
      d: "M12 3 4.2 20.5M12 3l7.8 17.5M7.4 13.4h9.2",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 2.4,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
    s("circle", { cx: 12, cy: 18.4, r: 1.9, fill: "currentColor" }),
  );
const THEMES = {
  system: ["M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16", "Theme: as the system. Change to light"],
  light: [
    "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
    "Theme: light. Change to dark",
  ],
  dark: ["M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z", "Theme: dark. Change to the system's"],
};

/** Draw the top bar. `pulse` is {block, stale}; stale is a sentence or null. */
export function drawTop({ menu, pulse, member, signOut }) {
  const top = document.getElementById("top");
  const redraw = () => drawTop({ menu, pulse, member, signOut });
  const [shape, word] = THEMES[chosen()];
  const next = h(
    "header",
    { class: "top", id: "top" },
    h(
      "div",
      { class: "top-row" },
      h("a", { class: "brand", href: "#/" }, MARK(), "Assay"),
      h(
        "nav",
        { "aria-label": "Pages" },
        h(
          "ul",
          { class: "menu" },
          MENU.map(([key, name, path]) =>
            h("li", {}, h("a", { href: `#${path}`, "aria-current": key === menu ? "page" : null }, name)),
          ),
        ),
      ),
      h(
        "div",
        { class: "top-end" },
        pulse.block === null
          ? null
          : h(
              "span",
              {
                class: "pulse",
                "data-state": pulse.stale ? "stale" : "live",
                title: pulse.stale ?? "The newest block",
              },
              h("span", { class: "pulse-word" }, "Block "),
              count(pulse.block),
            ),
        h(
          "button",
          {
            type: "button",
            class: "icon",
            id: "theme",
            "aria-label": word,
            title: word,
            onclick: () => {
              turn();
              redraw();
            },
          },
          icon(24, shape, 1.8),
        ),
        member
          ? h(
              "span",
              { class: "row" },
              h(
                "span",
                { class: "mono soft who", title: `${member.address}: ${member.roles.join(", ")}` },
                short(member.address),
              ),
              h("button", { type: "button", id: "sign-out", onclick: signOut }, "Sign out"),
            )
          : h("a", { class: "button", href: "#/sign-in" }, "Sign in"),
      ),
    ),
  );
  morph(top, next);
}

/** Draw what a page is as of, and offer its answers with the gateway's signatures over them. */
export function drawFoot(reads) {
  const foot = h("footer", { class: "foot", id: "foot" });
  if (reads.length) {
    const { number, time, hash } = reads[0].data.as_of;
    const age = Math.max(0, Math.round(Date.now() / 1000 - time));
    foot.append(
      h("p", {}, `As of block ${count(number)}, ${age < 5 ? "now" : `${duration(age)} ago`}`),
      h("p", {}, hex(hash)),
    );
    const signed = reads.filter((each) => each.receipt);
    if (signed.length)
      foot.append(
        h(
          "p",
          {},
          "Signed answers: ",
          signed.map((each) =>
            h(
              "button",
              {
                type: "button",
                class: "plain answer",
                title: "Save this answer with the gateway's signature",
                onclick: () => saveSigned(each),
              },
              each.name,
            ),
          ),
        ),
      );
  }
  morph(document.getElementById("foot"), foot);
}
