/**
 * The part of Preact that the widget uses, in a fifth of its size: the build puts it in Preact's place, types and unit
 * tests have Preact itself. Function components, fragments, keys, refs, events; hooks in hooks.ts.
 *
 * Each node of the tree always has a node on the page (an empty text for nothing), so that places never get lost. An
 * element that is the same object as before is left alone.
 */

export type Child = Node_ | string | number | boolean | null | undefined | readonly Child[];
type Props = Record<string, unknown> & { children?: Child; ref?: { current: unknown } };
type Type = string | ((props: Props) => Child);

interface Node_ {
  readonly type: Type | null;
  readonly props: Props;
  readonly key: unknown;
  /** An element's or a text's own node. */
  dom?: Node;
  inner?: Node_[];
  instance?: Instance;
}

/** A component on the page: its hooks live as long as it does. */
export interface Instance {
  hooks: { value: unknown; deps?: readonly unknown[] | undefined; leave?: (() => unknown) | undefined }[];
  at: number;
  node: Node_;
  isDirty: boolean;
  isGone: boolean;
}

type Listening = Element & { listeners?: Record<string, (event: Event) => void> };

const SVG = "http://www.w3.org/2000/svg";
const TEXT = null;
const drawn = new WeakMap<Element, Node_>();
const effects: (() => void)[] = [];
let dirty: Instance[] = [];
let current: Instance;

export const Fragment = (props: Props): Child => props.children;

export function jsx(type: Type, props: Props, key?: unknown): Node_ {
  return { type, props, key };
}

export { jsx as jsxs };

/** Puts the tree into this place, or changes what is there into it. */
export function render(child: Child, place: Element): void {
  const before = drawn.get(place);
  const node = nodeOf(child);
  drawn.set(place, node);
  change(place, before, node, null);
  settle();
}

export function drawing(): Instance {
  return current;
}

export function after(effect: () => void): void {
  effects.push(effect);
}

/** Draws this component again, soon and once. */
export function redraw(instance: Instance): void {
  if (instance.isDirty) return;
  instance.isDirty = true;
  if (dirty.push(instance) === 1) queueMicrotask(again);
}

function again(): void {
  const waiting = dirty;
  dirty = [];
  for (const instance of waiting) {
    if (instance.isGone || !instance.isDirty) continue;
    const last = lastOf(instance.node);
    fill(last.parentNode as Element, instance.node, last.nextSibling);
  }
  settle();
}

function settle(): void {
  for (const effect of effects.splice(0)) effect();
}

function nodeOf(child: Child): Node_ {
  if (Array.isArray(child)) return { type: Fragment, props: { children: child }, key: undefined };
  if (typeof child === "object" && child !== null) return child as Node_;
  const text = child === true || child === false || child === null || child === undefined ? "" : String(child);
  return { type: TEXT, props: { text }, key: undefined };
}

function listOf(child: Child): Node_[] {
  if (Array.isArray(child)) return child.map(nodeOf);
  return child === undefined ? [] : [nodeOf(child)];
}

/** What was there becomes what is wanted, in its place or before the next one's. */
function change(parent: Element, before: Node_ | undefined, node: Node_, next: Node | null): void {
  if (before === node) return;
  if (before && !isSame(before, node)) {
    change(parent, undefined, node, firstOf(before));
    return remove(before);
  }
  const { type, props } = node;
  if (typeof type === "function") {
    const instance = before?.instance ?? { hooks: [], at: 0, node, isDirty: false, isGone: false };
    node.instance = instance;
    instance.node = node;
    if (before?.inner) node.inner = before.inner;
    return fill(parent, node, next);
  }
  if (type === TEXT) {
    const dom = (before?.dom as Text | undefined) ?? new Text();
    if (dom.data !== props["text"]) dom.data = props["text"] as string;
    node.dom = dom;
  } else {
    const isSvg = type === "svg" || parent.namespaceURI === SVG;
    const dom =
      (before?.dom as Element | undefined) ??
      (isSvg ? document.createElementNS(SVG, type) : document.createElement(type));
    node.dom = dom;
    node.inner = before?.inner ?? [];
    children(dom, node, listOf(props.children), null);
    attributes(dom, before?.props ?? {}, props);
  }
  if (!before) parent.insertBefore(node.dom, next);
}

/** A component's own tree. */
function fill(parent: Element, node: Node_, next: Node | null): void {
  const instance = node.instance as Instance;
  const outer = current;
  current = instance;
  instance.at = 0;
  instance.isDirty = false;
  const child = (node.type as (props: Props) => Child)(node.props);
  current = outer;
  children(
    parent,
    node,
    Array.isArray(child) && child.length > 0 ? listOf(child) : [nodeOf(Array.isArray(child) ? null : child)],
    next,
  );
}

function children(parent: Element, node: Node_, wanted: Node_[], next: Node | null): void {
  const known = node.inner ?? [];
  const keyed = new Map<unknown, Node_>();
  for (const one of known) if (one.key !== undefined) keyed.set(one.key, one);
  const used = new Set<Node_>();
  const pairs = wanted.map((one, at): [Node_, Node_ | undefined] => {
    const found = one.key === undefined ? known[at] : keyed.get(one.key);
    const match = found && !used.has(found) && isSame(found, one) ? found : undefined;
    if (match) used.add(match);
    return [one, match];
  });
  for (const one of known) if (!used.has(one)) remove(one);
  // Backwards: the place before which each one stands is settled already.
  let behind = next;
  for (const [one, match] of pairs.reverse()) {
    change(parent, match, one, behind);
    if (match && lastOf(one).nextSibling !== behind) for (const dom of nodesOf(one)) parent.insertBefore(dom, behind);
    behind = firstOf(one);
  }
  node.inner = wanted;
}

function isSame(a: Node_, b: Node_): boolean {
  return a.type === b.type && a.key === b.key;
}

function firstOf(node: Node_): Node {
  return node.dom ?? firstOf((node.inner as Node_[])[0] as Node_);
}

function lastOf(node: Node_): Node {
  return node.dom ?? lastOf(node.inner?.at(-1) as Node_);
}

function nodesOf(node: Node_): Node[] {
  return node.dom ? [node.dom] : (node.inner ?? []).flatMap(nodesOf);
}

function remove(node: Node_): void {
  for (const dom of nodesOf(node)) dom.parentNode?.removeChild(dom);
  leave(node);
}

function leave(node: Node_): void {
  const { instance } = node;
  if (instance) {
    instance.isGone = true;
    for (const hook of instance.hooks) hook.leave?.();
  }
  if (node.props.ref) node.props.ref.current = null;
  node.inner?.forEach(leave);
}

function attributes(dom: Listening, before: Props, props: Props): void {
  for (const name in before) if (!(name in props)) attribute(dom, name, undefined);
  for (const name in props) if (props[name] !== before[name] || name === "value") attribute(dom, name, props[name]);
}

function attribute(dom: Listening, name: string, value: unknown): void {
  if (name === "children") return;
  if (name === "ref") {
    if (value) (value as { current: unknown }).current = dom;
  } else if (name.startsWith("on")) listen(dom, name.slice(2).toLowerCase(), value);
  else if (name === "value") {
    if ((dom as HTMLTextAreaElement).value !== value)
      (dom as HTMLTextAreaElement).value = (value as string | undefined) ?? "";
  } else if (value === undefined || value === null || (value === false && !name.startsWith("aria-")))
    dom.removeAttribute(name);
  else dom.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : (value as string));
}

function listen(dom: Listening, name: string, listener: unknown): void {
  const listeners = (dom.listeners ??= {});
  if (!(name in listeners)) dom.addEventListener(name, (event) => dom.listeners?.[name]?.(event));
  listeners[name] = listener as (event: Event) => void;
}
