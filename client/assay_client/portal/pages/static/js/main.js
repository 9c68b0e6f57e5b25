// The pages' one loop: find the page of the address, read what it shows, draw it, and keep it fresh.

import { read } from "./api.js";
import { h, morph } from "./dom.js";
import { duration } from "./format.js";
import { drawFoot, drawTop } from "./frame.js";
import { head, loading, problem } from "./parts.js";
import { find } from "./router.js";
import { saveSigned } from "./saving.js";
import { forget, leave, member } from "./session.js";
import { apply } from "./theme.js";
import { signIn } from "./views/sign-in.js";

const [FASTEST, SLOWEST] = [1_000, 15_000];
const main = document.getElementById("main");
const now = {
  turn: 0, // of reading: who comes back to find a later one has nothing to draw
  found: find("#/"),
  reads: [],
  block: null,
  changed: Date.now(),
  blockTime: 2,
  failure: null,
  refusal: null,
  timer: 0,
};

const go = (address) => (location.hash = address);

/** Go where the address points. */
async function visit() {
  const first = now.turn === 0;
  Object.assign(now, { found: find(location.hash), reads: [], failure: null, refusal: null });
  if (now.found.page) main.replaceChildren(loading());
  frame();
  scrollTo(0, 0);
  await refresh();
  if (!first) main.querySelector("h1")?.focus();
}

/** Read what the page shows and draw it; called again for as long as the page stays. */
async function refresh() {
  clearTimeout(now.timer);
  const turn = ++now.turn;
  const { page, params, query } = now.found;
  if (!page) return draw("Not found", [head("There is no such page"), h("p", {}, h("a", { href: "#/" }, "Overview"))]);
  const names = Object.entries(page.reads(params, query));
  try {
    const reads = await Promise.all(names.map(([, path]) => read(path)));
    if (turn !== now.turn) return undefined;
    Object.assign(now, { reads, failure: null });
    const data = Object.fromEntries(names.map(([name], index) => [name, reads[index].data]));
    notice(data);
    draw(page.name(params), page.view(data, { params, query, go, save, member: member(), entered: again }));
  } catch (error) {
    if (turn !== now.turn) return undefined;
    if (error.unsigned) return drawSignIn();
    fail(error);
  }
  if (names.length) now.timer = setTimeout(refresh, pause());
  return undefined;
}

const pause = () => (document.hidden ? SLOWEST : Math.min(SLOWEST, Math.max(FASTEST, now.blockTime * 1000)));

/** What the answers say about the chain itself. */
function notice(data) {
  const blocks = Object.values(data).map((answer) => answer.as_of.number);
  if (!blocks.length) return;
  const newest = Math.max(...blocks);
  if (data.network) now.blockTime = data.network.block_time;
  if (newest !== now.block) Object.assign(now, { block: newest, changed: Date.now() });
}

/** Nothing is read again until somebody has signed in: a form must stay as it is while it is filled in. */
function drawSignIn() {
  forget();
  draw("Sign in", signIn.view({}, { params: {}, member: null, entered: again }));
}

/** A failure while something is shown leaves it there, marked as old; else it is all there is to show. */
function fail(error) {
  if (!error.culprit) throw error;
  now.failure = error;
  if (now.reads.length && error.status !== 404 && error.status !== 403) return frame();
  return draw("Problem", [head("This cannot be shown"), problem(error, again)]);
}

function draw(name, content) {
  document.title = `${name} · Assay`;
  const before = main.querySelector(".head")?.textContent;
  const next = main.cloneNode(false);
  const [top, ...rest] = content.flat(Infinity).filter(Boolean);
  next.append(top, ...(now.refusal ? [problem(now.refusal)] : []), ...rest);
  morph(main, next);
  const after = main.querySelector(".head")?.textContent;
  if (before && before !== after) document.getElementById("said").textContent = after;
  frame();
}

function frame() {
  const quiet = (Date.now() - now.changed) / 1000;
  const limit = Math.max(15, 6 * now.blockTime);
  const stale = now.failure
    ? `${now.failure.message} Shown is what was known ${duration(quiet)} ago; trying again.`
    : now.block !== null && quiet > limit
      ? `No new block for ${duration(quiet)}: the chain stands still, or the gateway's node does.`
      : null;
  drawTop({ menu: now.found.page?.menu, pulse: { block: now.block, stale }, member: member(), signOut });
  drawFoot(now.reads);
  const old = document.getElementById("stale");
  if (!stale || !now.reads.length) return old?.remove();
  const note = h("div", { class: "note warn", id: "stale", role: "status" }, h("p", {}, stale));
  return old ? morph(old, note) : main.before(note);
}

/** Save an answer as a file, or say why not where it was asked for. */
async function save(path) {
  try {
    saveSigned(await read(path));
  } catch (error) {
    now.refusal = error;
    refresh();
  }
}

async function signOut() {
  await leave().catch(() => null);
  go("/sign-in");
}

function again() {
  visit();
}

apply();
document.querySelector(".skip").onclick = (event) => {
  event.preventDefault();
  main.focus();
};
addEventListener("hashchange", visit);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
visit();
