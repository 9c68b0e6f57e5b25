// Which page an address means. Addresses are in the fragment, so the gateway serves one document whatever is shown.

import { audit } from "./views/audit.js";
import { audits } from "./views/audits.js";
import { fairness } from "./views/fairness.js";
import { model } from "./views/model.js";
import { models } from "./views/models.js";
import { network } from "./views/network.js";
import { oracle } from "./views/oracle.js";
import { oracles } from "./views/oracles.js";
import { overview } from "./views/overview.js";
import { signIn } from "./views/sign-in.js";
import { fairnessTable } from "./views/table.js";

const ROUTES = {
  "/": overview,
  "/audits": audits,
  "/audits/:id": audit,
  "/models": models,
  "/models/:id": model,
  "/oracles": oracles,
  "/oracles/:id": oracle,
  "/fairness": fairness,
  "/fairness/:id": fairnessTable,
  "/network": network,
  "/sign-in": signIn,
  "/sign-in/:pass": signIn,
};

/** The pages of the menu. */
export const MENU = [
  ["overview", "Overview", "/"],
  ["audits", "Audits", "/audits"],
  ["models", "Models", "/models"],
  ["oracles", "Oracles", "/oracles"],
  ["fairness", "Fairness", "/fairness"],
  ["network", "Network", "/network"],
];

/** Page, parameters and query of an address such as "#/audits/3?kind=fairness"; the page is null when unknown. */
export function find(hash) {
  const { pathname, searchParams: query } = new URL(hash.slice(1) || "/", "http://page");
  const given = pathname.split("/");
  for (const [pattern, page] of Object.entries(ROUTES)) {
    const wanted = pattern.split("/");
    if (wanted.length !== given.length) continue;
    const params = {};
    const fits = wanted.every((part, index) =>
      part.startsWith(":") ? (params[part.slice(1)] = given[index]) : part === given[index],
    );
    if (fits) return { page, params, query };
  }
  return { page: null, params: {}, query };
}
