// What pages are made of. Everything returns elements.

import { icon, state } from "./badges.js";
import { h } from "./dom.js";
import { duration, plural, short, title } from "./format.js";

const COPY = "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z";

/** An address or digest: shortened, whole on hover and when copied. */
export function hex(text, href = null) {
  const label = href ? h("a", { href }, short(text)) : short(text);
  const copy = h(
    "button",
    {
      type: "button",
      class: "plain copy",
      "aria-label": `Copy ${text}`,
      title: "Copy",
      onclick: (event) => copied(event.currentTarget, text),
    },
    icon(16, COPY, 1.4),
  );
  return h("span", { class: "mono", title: text }, label, copy);
}

async function copied(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    document.getElementById("said").textContent = "Copied";
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1200);
  } catch {
    prompt("Copy:", text);
  }
}

/** Names and values. Entries whose value is null are left out. */
export const facts = (entries) =>
  h(
    "dl",
    { class: "facts" },
    entries
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );

/** Large numbers with their names and, small, a remark. */
export const figures = (entries) =>
  h(
    "dl",
    { class: "figures" },
    entries.map(([name, value, remark]) =>
      h(
        "div",
        { "data-key": name },
        h("dt", {}, name),
        h("dd", {}, value, remark ? h("small", {}, " ", remark) : null),
      ),
    ),
  );

/** A section with a heading. */
export const card = (heading, remark, ...content) =>
  h(
    "section",
    { class: "card", "data-key": `card-${heading}` },
    h("div", { class: "card-head" }, h("h2", {}, heading), remark ? h("p", { class: "soft small" }, remark) : null),
    ...content,
  );

/** The head of a page: where it hangs, its name, what it is in a sentence, what can be done. */
export const head = (name, { trail = null, sub = null, end = null } = {}) =>
  h(
    "div",
    { class: "head" },
    h(
      "div",
      {},
      trail ? h("p", { class: "trail" }, trail) : null,
      h("h1", { tabindex: "-1" }, name),
      sub ? h("p", { class: "sub" }, sub) : null,
    ),
    end ? h("div", { class: "row" }, end) : null,
  );

/**
 * A table; a wide one becomes a list on a phone, a narrow one stays.
 * columns: [label, "right" | "wide" | "name" | ""]; rows: [key, cells].
 */
export function table(columns, rows, form = "folds") {
  const label = ([name, kind]) => h("th", { scope: "col", class: kind === "right" ? "right" : null }, name);
  const cell = (content, index) =>
    h("td", { class: columns[index][1] || null, "data-label": columns[index][0] || null }, content);
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: form },
      h("thead", {}, h("tr", {}, columns.map(label))),
      h(
        "tbody",
        {},
        rows.map(([key, cells]) => h("tr", { "data-key": key }, cells.map(cell))),
      ),
    ),
  );
}

/** Nothing is there: what is missing, and where it comes from. */
export const empty = (what, how) => h("div", { class: "empty" }, h("h2", {}, what), h("p", {}, how));

/** An error as the house reports it. */
export const problem = (error, retry = null) =>
  h(
    "div",
    { class: "note bad", role: "alert" },
    h("p", {}, h("b", {}, error.message)),
    h("p", { class: "small" }, `Fault: ${error.culprit} (${error.code}). ${error.hint}`),
    retry ? h("button", { type: "button", onclick: retry }, "Try again") : null,
  );

/** Grey bones while something loads. */
export const loading = () =>
  h(
    "div",
    { class: "card", "aria-busy": "true" },
    h("span", { class: "only-read" }, "Loading"),
    Array.from({ length: 6 }, () => h("span", { class: "bones" })),
  );

/** How long until the last block of a stage: in blocks, which count, and in seconds, which people feel. */
export function left(deadline, block, blockTime) {
  if (deadline === null || deadline === undefined) return "no deadline";
  const blocks = Math.max(0, deadline - block);
  return blocks ? `${plural(blocks, "block")}, about ${duration(blocks * blockTime)}` : "over";
}

/** A dot for each member of a roster: empty, committed (half), revealed (full). */
export function seats(roster, committed, revealed) {
  const text = `${committed} of ${roster} committed, ${revealed} revealed`;
  const form = (index) => (index < revealed ? "full" : index < committed ? "half" : null);
  return h(
    "span",
    { class: "seats", role: "img", "aria-label": text, title: text },
    Array.from({ length: roster }, (_, index) => h("i", { class: form(index) })),
  );
}

/** Claims of a supplier and what became of them. */
export function claims(found) {
  const row = (claim) => [
    `${claim.metric}${claim.op}${claim.bound}`,
    [
      h(
        "span",
        { class: "num" },
        `${title(claim.metric)} ${claim.op === ">=" ? "≥" : "≤"} ${claim.bound}`,
        claim.tolerance ? h("span", { class: "soft" }, ` ± ${claim.tolerance}`) : null,
      ),
      claim.verified === null ? h("span", { class: "soft" }, "none") : claim.verified.toFixed(4),
      state(claim.state),
      h("span", { class: "soft small" }, claim.reason),
    ],
  ];
  return table([["Claim", "name"], ["Verified", "right"], ["State"], ["Because", "wide"]], found.map(row));
}
