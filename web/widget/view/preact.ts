/**
 * The part of Preact that the widget uses, in a fifth of its size: the build puts it in Preact's place, types and unit
 * tests have Preact itself. Function components, fragments, keys, refs, events; hooks in hooks.ts.
 *
 * Each node of the tree always has a node on the page (an empty text for nothing), so that places never get lost. An
 * element that is the same object as before is left alone.
 *
 * tests/browser/test_view.py holds it against Preact. What differs, none of which the widget leans on:
 * - What has no key is known by its place alone; Preact also looks for one of its type among its siblings. A key is
 *   given once in a list. A component that returned a single child and now returns a fragment draws it anew.
 * - useEffect is useLayoutEffect. Siblings are drawn, and leave, last to first; effects run as in Preact.
 * - A state is set to a value, never by a function, and the setter is another function at each drawing. Setting it back
 *   before it was drawn draws all the same. Values and what effects hang on are compared by ===.
 * - A ref is an object that stays with its element. It has the element as soon as that is drawn.
 * - All but value and events are attributes, and gone when undefined; Preact leaves some empty. No style objects, no
 *   checked. Events are those that elements have a property for. One that comes in while its event bubbles hears it.
 * - A value is put back when its element is drawn, not when the same element object comes again.
 * - In a browser without moveBefore more siblings may move than must, and the focus is lost with the one that has it.
 * - Nothing catches what a component throws: what waits to be drawn or run with it is lost.
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
  inner: readonly Node_[];
  instance?: Instance;
}

interface Hook {
  value: unknown;
  deps?: readonly unknown[] | undefined;
  /** An effect that has yet to run, and what ends the one that has. */
  enter?: (() => unknown) | undefined;
  leave?: (() => unknown) | undefined;
}

/** A component on the page: its hooks live as long as it does. */
export interface Instance {
  hooks: Hook[];
  at: number;
  /** How many came before it: its parents are among them. */
  age: number;
  node: Node_;
  isDirty: boolean;
  isGone: boolean;
}

type Moving = Record<"moveBefore" | "insertBefore", Element["insertBefore"]>;

const SVG = "http://www.w3.org/2000/svg";
const TEXT = null;
const drawn = new WeakMap<Element, Node_>();
/** Whose effects have yet to run: the innermost and first is the last. */
const fresh: Instance[] = [];
let dirty: Instance[] = [];
let ages = 0;
let current: Instance;

export const Fragment = (props: Props): Child => props.children;

export function jsx(type: Type | null, props: Props, key?: unknown): Node_ {
  return { type, props, key, inner: [] };
}

export { jsx as jsxs };

/** Puts the tree into this place, or changes what is there into it. */
export function render(child: Child, place: Element): void {
  const root = drawn.get(place) ?? jsx(Fragment, {});
  drawn.set(place, root);
  children(place, root, [nodeOf(child)], null);
  settle();
}

export function drawing(): Instance {
  return current;
}

/** Draws this component again, soon and once. */
export function redraw(instance: Instance): void {
  if (instance.isDirty) return;
  instance.isDirty = true;
  if (dirty.push(instance) === 1) queueMicrotask(again);
}

function again(): void {
  const waiting = dirty.sort((a, b) => a.age - b.age);
  dirty = [];
  for (const instance of waiting) {
    if (instance.isGone || !instance.isDirty) continue;
    const last = lastOf(instance.node);
    fill(last.parentNode as Element, instance.node, last.nextSibling);
    settle();
  }
}

function settle(): void {
  for (const { hooks } of fresh.splice(0).reverse()) {
    const changed = hooks.filter((hook) => hook.enter);
    for (const hook of changed) hook.leave?.();
    for (const hook of changed) {
      const left = hook.enter?.();
      hook.leave = typeof left === "function" ? (left as () => unknown) : undefined;
      hook.enter = undefined;
    }
  }
}

function nodeOf(child: Child): Node_ {
  if (Array.isArray(child)) return jsx(Fragment, { children: child });
  if (typeof child === "object" && child !== null) return child as Node_;
  return jsx(TEXT, { text: typeof child === "string" || typeof child === "number" ? child : "" });
}

function listOf(child: Child): Node_[] {
  if (Array.isArray(child)) return child.map(nodeOf);
  return child === undefined ? [] : [nodeOf(child)];
}

/** What was there becomes what is wanted, in its place or before the next one's. */
function change(parent: Element, before: Node_ | undefined, node: Node_, next: Node | null): void {
  if (before === node) return;
  const { type, props } = node;
  if (typeof type === "function") {
    node.instance ??= { hooks: [], at: 0, age: ages++, node, isDirty: false, isGone: false };
    node.instance.node = node;
    return fill(parent, node, next);
  }
  if (type === TEXT) {
    const dom = (node.dom ??= new Text()) as Text;
    if (before?.props["text"] !== props["text"]) dom.data = props["text"] as string;
  } else {
    const dom = (node.dom ??= document.createElementNS(type === "svg" ? SVG : parent.namespaceURI, type)) as Element;
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
  fresh.push(instance);
  const child = (node.type as (props: Props) => Child)(node.props);
  current = outer;
  const inner = listOf(child);
  children(parent, node, inner.length > 0 ? inner : [nodeOf(null)], next);
}

function children(parent: Element, node: Node_, wanted: Node_[], next: Node | null): void {
  const known = node.inner;
  const keyed = new Map(known.map((one) => [one.key, one]));
  const used = new Set<Node_>();
  const pairs = wanted.map((one, at): [Node_, Node_ | undefined] => {
    const found = one.key === undefined ? known[at] : keyed.get(one.key);
    const match = found?.type === one.type && found.key === one.key && !used.has(found) ? found : undefined;
    if (!match) return [jsx(one.type, one.props, one.key), match];
    used.add(match);
    return [match.props === one.props ? match : { ...match, props: one.props }, match];
  });
  for (const one of known) if (!used.has(one)) remove(one);
  // Backwards: the place before which each one stands is settled already.
  let behind = next;
  // Keeps the focus, where the browser has it.
  const move = "moveBefore" in parent ? "moveBefore" : "insertBefore";
  for (const [one, match] of pairs.toReversed()) {
    change(parent, match, one, behind);
    if (match && lastOf(one).nextSibling !== behind)
      for (const dom of nodesOf(one)) (parent as Moving)[move](dom, behind);
    behind = firstOf(one);
  }
  node.inner = pairs.map(([one]) => one);
}

function firstOf(node: Node_): Node {
  return node.dom ?? firstOf(node.inner[0] as Node_);
}

function lastOf(node: Node_): Node {
  return node.dom ?? lastOf(node.inner.at(-1) as Node_);
}

function nodesOf(node: Node_): Node[] {
  return node.dom ? [node.dom] : node.inner.flatMap(nodesOf);
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
  const { ref } = node.props;
  if (ref && ref.current === node.dom) ref.current = null;
  node.inner.forEach(leave);
}

function attributes(dom: Element, before: Props, props: Props): void {
  for (const name in before) if (!(name in props)) attribute(dom, name, undefined);
  for (const name in props) if (props[name] !== before[name] || name === "value") attribute(dom, name, props[name]);
}

function attribute(dom: Element, name: string, value: unknown): void {
  if (name === "children") return;
  const own = dom as unknown as Record<string, unknown>;
  if (name === "ref") {
    if (value) (value as { current: unknown }).current = dom;
  } else if (name.startsWith("on")) own[name.toLowerCase()] = value;
  else if (name === "value") {
    if (own[name] !== value) own[name] = value ?? "";
  } else if (value === undefined || value === null || (value === false && name[4] !== "-")) dom.removeAttribute(name);
  else dom.setAttribute(name, value === true && name[4] !== "-" ? "" : (value as string));
}
