// Words with a shape: the states of everything, which colour alone never tells.

import { h, s } from "./dom.js";
import { title } from "./format.js";

const stroke = (width) => ({
  fill: "none",
  stroke: "currentColor",
  "stroke-width": width,
  "stroke-linecap": "round",
  "stroke-linejoin": "round",
});

/** A small drawing beside a word, in the colour of the word. */
export const icon = (size, d, width) =>
  s("svg", { viewBox: `0 0 ${size} ${size}`, "aria-hidden": "true" }, s("path", { d, ...stroke(width) }));

const SHAPES = {
  good: "M2.5 6.5 5 9l4.5-6",
  bad: "M3 3l6 6M9 3l-6 6",
  warn: "M6 2v5M6 9.6v.2",
  live: "M6 1.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8M6 3.6V6l1.6 1.2",
  none: "M3 6h6",
};

/** A word with a shape; `tone` is good, bad, warn, live or none. */
export const badge = (tone, text) =>
  h("span", { class: `badge ${tone}` }, icon(12, SHAPES[tone], tone === "live" ? 1.3 : 1.8), text);

const TONES = {
  kept: "good",
  final: "good",
  verified: "good",
  paid: "good",
  active: "good",
  values: "good",
  within: "good",
  broken: "bad",
  rejected: "bad",
  refuted: "bad",
  slashed: "bad",
  invalid: "bad",
  "invalid-spec": "bad",
  jailed: "bad",
  overturned: "bad",
  beyond: "bad",
  undecided: "warn",
  expired: "warn",
  dispute: "warn",
  finalizing: "warn",
  unavailable: "warn",
  near: "warn",
  provisional: "warn",
  requested: "live",
  committing: "live",
  revealing: "live",
  closing: "live",
  pending: "live",
};

/** The badge of a state of the protocol; one that these pages do not know is shown as it is called. */
export const state = (name, text = title(name)) => badge(TONES[name] ?? "none", text);

/** The badge of a fairness table's state; nothing is awaited of a pending one that its supplier retired. */
export const tableState = ({ state: name, retired }) =>
  retired ? badge(name === "pending" ? "none" : (TONES[name] ?? "none"), `${title(name)}, retired`) : state(name);

const OUTCOMES = {
  values: "Verified",
  invalid: "Table false",
  "invalid-spec": "Invalid as published",
  unavailable: "Unavailable",
  none: "No result",
};

/** What a majority found. */
export const outcome = (name) => state(name, OUTCOMES[name]);
