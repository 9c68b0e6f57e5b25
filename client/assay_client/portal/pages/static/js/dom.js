// Building elements. Text only ever becomes text nodes: nothing that a supplier wrote can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `on…` properties are handlers; true sets an attribute without a value, false and null none. */
export const h = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);

/** The same for SVG. */
export const s = (tag, props = {}, ...children) => fill(document.createElementNS(SVG, tag), props, children);

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const HANDLERS = ["onclick", "onchange", "oninput", "onsubmit", "onkeydown"];
const THE_READERS_OWN = new Set(["open"]);

/** Make `from` look like `to` and keep what the reader did to it: focus, scroll, opened details, typed text. */
export function morph(from, to) {
  if (from.nodeName !== to.nodeName || from.dataset?.key !== to.dataset?.key) return from.replaceWith(to);
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return undefined;
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !THE_READERS_OWN.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !THE_READERS_OWN.has(name)) from.setAttribute(name, value);
  }
  for (const name of HANDLERS) from[name] = to[name];
  return morphChildren(from, [...to.childNodes]);
}

function morphChildren(from, wanted) {
  const keyed = new Map(
    [...from.children].filter((child) => child.dataset.key).map((child) => [child.dataset.key, child]),
  );
  let here = from.firstChild;
  for (const next of wanted) {
    const known = next.dataset?.key && keyed.get(next.dataset.key);
    if (known && known !== here) from.insertBefore(known, here);
    const old = known || here;
    if (!old) {
      from.append(next);
      continue;
    }
    here = old.nextSibling;
    morph(old, next);
  }
  while (here) {
    const after = here.nextSibling;
    here.remove();
    here = after;
  }
}
