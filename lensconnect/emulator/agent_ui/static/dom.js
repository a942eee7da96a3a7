// DOM elements from data. Text becomes text nodes only, never HTML: customers may write hostile text.

export const $ = (id) => document.getElementById(id);

/** A new element; properties that are functions become event listeners (`onclick`). */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child instanceof Node || (typeof child === "string" && child !== "")));
  return node;
}

/** Sets properties of a node that have another value; the browser would lay out and paint also what stays the same. */
export function setProperties(node, properties) {
  for (const [name, value] of Object.entries(properties)) if (node[name] !== value) node[name] = value;
}

/** A display name, isolated so that its text direction does not affect its surroundings. */
export const displayName = (text) => element("bdi", {}, text || "?");

const timeFormat = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

export const formatTime = (iso) => {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? "" : timeFormat.format(time);
};

export function formatSize(size) {
  if (size < 1000) return `${size} bytes`;
  const [unit, divisor] = size < 1e6 ? ["kB", 1e3] : ["MB", 1e6];
  return `${(size / divisor).toFixed(1)} ${unit}`;
}

/** The value of a JSON text; undefined for any other text. */
export function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isSame = (version, other) => version.every((value, index) => value === other[index]);

/** Makes `list` hold one node for each entry, in order. A node is replaced only when a value in the `version` of its entry changes. */
export function updateList(list, entries, makeNode) {
  const current = (list.nodesByKey ??= new Map());
  const keys = new Set(entries.map((entry) => entry.key));
  for (const [key, { node }] of current) {
    if (!keys.has(key)) {
      node.remove();
      current.delete(key);
    }
  }
  let next = list.firstElementChild;
  for (const entry of entries) {
    let existing = current.get(entry.key);
    if (!existing || !isSame(entry.version, existing.version)) {
      const node = makeNode(entry);
      if (existing) {
        const hadFocus = existing.node.contains(document.activeElement);
        if (next === existing.node) next = node;
        existing.node.replaceWith(node);
        if (hadFocus) (node.querySelector("button") ?? node).focus();
      }
      existing = { node, version: entry.version };
      current.set(entry.key, existing);
    }
    if (existing.node === next) next = next.nextElementSibling;
    else list.insertBefore(existing.node, next);
  }
}
