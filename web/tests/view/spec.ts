/** Trees and what happens to them, by chance from a seed: the same for whoever draws them. */
import { type Chance, pick } from "./chance.ts";

export type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A tree before anybody draws it. What is kept is drawn once: its element is the same object each time. */
export type Spec =
  | { readonly kind: "nothing"; readonly value: null | false | true | undefined | "" }
  | { readonly kind: "text"; readonly text: string | number }
  | { readonly kind: "list"; readonly children: readonly Spec[] }
  | Drawn;

export interface Drawn {
  readonly kind: "element" | "fragment" | "component";
  /** A tag, or the name of a component. */
  readonly type: string;
  readonly key: string | undefined;
  readonly isKept: boolean;
  readonly uid: number;
  readonly attributes: Attributes;
  /** What a click is noted as. */
  readonly handler: number | null | undefined;
  /** Which of the page's refs it gets. */
  readonly ref: number | undefined;
  readonly children: readonly Spec[];
}

/** Places of a parent have types of their own each, so that what has no key is known by its place. */
const PLACES = [
  { tags: ["p", "textarea", "svg"], components: ["Counter", "Watcher"] },
  { tags: ["button", "ul", "h2"], components: ["Wrapper", "Chain"] },
  { tags: ["details", "a", "ol"], components: ["Maybe", "Still", "Field"] },
];
const LISTED = ["li", "textarea", "button", "Counter", "Watcher", "Maybe", "Wrapper", "Still", "Field", "fragment"];
/** In a list without keys that changes anywhere: only these, which nobody tells apart. */
export const LOOSE = ["em", "blockquote", "hr", "pre"];
const LEAVES = new Set(["textarea", "hr", "path"]);
const DEEPEST = 3;

/** Makes trees and changes them. */
export class Garden {
  private uid = 0;
  /** What was kept and is on the page no more; what has only now been taken is not there yet. */
  private readonly gone: Drawn[] = [];
  private readonly going: Drawn[] = [];

  private readonly chance: Chance;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  root(): Drawn {
    return this.drawn("div", 0);
  }

  step(root: Drawn): Drawn {
    this.gone.push(...this.going.splice(0));
    return this.next({ ...root, isKept: false }, 0);
  }

  /** Another tree, most of which is what it was. */
  private next(spec: Drawn, depth: number): Drawn {
    if (spec.isKept && this.chance() < 0.85) return spec;
    const { chance } = this;
    const attributes = chance() < 0.4 ? this.attributes(spec.type) : spec.attributes;
    const handler = chance() < 0.3 ? this.handler() : spec.handler;
    const children = spec.children.map((child, place) => this.nextAt(spec, child, place, depth));
    return { ...spec, uid: ++this.uid, attributes, handler, children };
  }

  private nextAt(parent: Drawn, child: Spec, place: number, depth: number): Spec {
    const { chance } = this;
    if (child.kind === "list") return { kind: "list", children: this.nextList(parent, child.children, depth) };
    if (chance() < 0.15) return this.at(parent, place, depth + 1);
    return child.kind === "text" || child.kind === "nothing" ? child : this.next(child, depth + 1);
  }

  private nextList(parent: Drawn, before: readonly Spec[], depth: number): Spec[] {
    const { chance } = this;
    const list = before.map((one) => (one.kind === "nothing" ? one : this.next(one as Drawn, depth + 1)));
    const style = listStyle(parent);
    if (style === "loose") {
      if (chance() < 0.3) list.splice(at(chance, list), 1);
      if (chance() < 0.4) list.splice(at(chance, list), 0, this.loose());
      return list;
    }
    if (style === "unkeyed") {
      if (chance() < 0.2) list.pop();
      if (chance() < 0.3) list.push(this.drawn("li", depth + 2));
      return list;
    }
    if (chance() < 0.2) this.bury(list.splice(at(chance, list), 1 + Math.floor(chance() * 3)));
    if (chance() < 0.4) list.splice(at(chance, list), 0, ...list.splice(at(chance, list), 1));
    if (chance() < 0.05) list.sort(() => chance() - 0.5);
    if (chance() < 0.03) list.reverse();
    if (list.length < 5 && chance() < 0.35) list.splice(at(chance, list), 0, this.listed(depth + 2));
    return list;
  }

  /** What stood there before comes back as the very same object, now and then. */
  private bury(removed: readonly Spec[]): void {
    for (const one of removed) if (one.kind !== "nothing" && (one as Drawn).isKept) this.going.push(one as Drawn);
  }

  private listed(depth: number): Drawn {
    const back = this.chance() < 0.3 ? this.gone.pop() : undefined;
    if (back) return back;
    const made = this.drawn(pick(this.chance, LISTED), depth);
    return { ...made, key: `k${++this.uid}`, ref: made.kind === "element" ? this.ref() : undefined };
  }

  private loose(): Drawn {
    const text: Spec = { kind: "text", text: `loose ${++this.uid}` };
    const type = pick(this.chance, LOOSE);
    return { ...this.drawn(type, DEEPEST), children: LEAVES.has(type) ? [] : [text] };
  }

  private at(parent: Drawn, place: number, depth: number): Spec {
    const { chance } = this;
    const die = chance();
    if (parent.type === "svg") return this.drawn("path", depth);
    if (die < 0.2) return { kind: "nothing", value: pick(chance, [null, false, true, undefined, ""]) };
    if (die < 0.4 || depth > DEEPEST)
      return { kind: "text", text: pick(chance, ["word", " · ", 0, 7, `said ${++this.uid}`]) };
    const { tags, components } = PLACES[place % PLACES.length]!;
    return this.drawn(pick(chance, die < 0.7 ? tags : components), depth);
  }

  private drawn(type: string, depth: number): Drawn {
    const { chance } = this;
    const kind = type === "fragment" ? type : /^[A-Z]/.test(type) ? "component" : "element";
    const made: Drawn = {
      kind,
      type,
      key: kind === "element" && chance() < 0.05 ? `own${++this.uid}` : undefined,
      isKept: chance() < 0.25,
      uid: ++this.uid,
      attributes: this.attributes(type),
      handler: this.handler(),
      ref: undefined,
      children: [],
    };
    return { ...made, children: LEAVES.has(type) ? [] : this.children(made, depth) };
  }

  private children(parent: Drawn, depth: number): Spec[] {
    const { chance } = this;
    if (parent.type === "svg") return [this.drawn("path", depth + 1)];
    const places = Array.from({ length: Math.floor(chance() * 3) }, (_, place) => this.at(parent, place, depth + 1));
    if (depth > DEEPEST) return places;
    const style = listStyle(parent);
    const list = Array.from({ length: depth === 0 ? 4 : Math.floor(chance() * 3) }, () =>
      style === "loose" ? this.loose() : style === "keyed" ? this.listed(depth + 1) : this.drawn("li", depth + 2),
    );
    // An element without a key, of whatever type, is not the same as one with it: so lists are in a place of their own.
    return [...places, { kind: "list", children: list }];
  }

  private handler(): number | null | undefined {
    return this.chance() < 0.4 ? ++this.uid : pick(this.chance, [null, undefined]);
  }

  /** Each ref is given once at most in a tree: a new number, for what has it may live long. */
  private ref(): number | undefined {
    return this.chance() < 0.3 ? ++this.uid : undefined;
  }

  private attributes(type: string): Attributes {
    const { chance } = this;
    const found: Record<string, Attributes[string]> = {};
    for (const [name, values] of Object.entries({ ...ANY, ...OF[type] }))
      if (chance() < 0.35 || ALWAYS.has(name)) found[name] = pick(chance, values);
    return found;
  }
}

const ANY: Readonly<Record<string, readonly Attributes[string][]>> = {
  class: ["one", "two three", "", undefined],
  dir: ["auto", "ltr", undefined],
  role: ["status", "group", undefined],
  tabIndex: [0, -1],
  "aria-expanded": [true, false, undefined],
  "aria-label": ["a label", "another", undefined, null],
  "aria-hidden": ["true", undefined],
  "data-status": ["queued", "done", true, false, undefined],
};
/** Preact takes these away by giving them a number. */
const ALWAYS = new Set(["rows", "start"]);
const OF: Readonly<Record<string, typeof ANY>> = {
  a: { href: ["https://a.example/", "https://b.example/?q=1", undefined], target: ["_blank"], rel: ["noopener"] },
  button: { disabled: [true, false], type: ["button", "submit"] },
  ol: { start: [1, 3, 10], reversed: [true, false, undefined] },
  textarea: { required: [true, false], rows: [1, 4], placeholder: ["write"] },
  svg: { viewBox: ["0 0 24 24", "0 0 16 16"], focusable: ["false"] },
  path: { d: ["M4 7h16", "M6 6l12 12"] },
};

function listStyle({ type }: Drawn): "keyed" | "unkeyed" | "loose" {
  return type === "ol" ? "unkeyed" : type === "details" ? "loose" : "keyed";
}

function at(chance: Chance, list: readonly unknown[]): number {
  return Math.floor(chance() * (list.length + 1));
}
