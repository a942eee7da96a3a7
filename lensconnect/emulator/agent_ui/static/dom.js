// Elements from data. Text only ever becomes text nodes: what customers write is hostile.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child instanceof Node || (typeof child === "string" && child !== "")));
  return node;
}

/** A name, isolated so that its direction stays its own. */
export const name = (text) => el("bdi", {}, text || "?");

export const clock = (iso) => {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
};

export function bytes(size) {
  if (size < 1000) return `${size} bytes`;
  const [unit, divisor] = size < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
  return `${(size / divisor).toFixed(1)} ${unit}`;
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lets `list` hold exactly one node per entry, in order; a node is made anew only when its stamp changes. */
export function keep(list, entries, make) {
  const held = (list.held ??= new Map());
  const wanted = new Set(entries.map((entry) => entry.key));
  for (const [key, { node }] of held) {
    if (!wanted.has(key)) {
      node.remove();
      held.delete(key);
    }
  }
  let place = list.firstElementChild;
  for (const entry of entries) {
    let kept = held.get(entry.key);
    if (kept?.stamp !== entry.stamp) {
      const node = make(entry);
      if (kept) {
        const focused = kept.node.contains(document.activeElement);
        if (place === kept.node) place = node;
        kept.node.replaceWith(node);
        if (focused) (node.querySelector("button") ?? node).focus();
      }
      kept = { node, stamp: entry.stamp };
      held.set(entry.key, kept);
    }
    if (kept.node === place) place = place.nextElementSibling;
    else list.insertBefore(kept.node, place);
  }
}
