/** What can be seen of a stage, and what differs between two. */
import { LOOSE } from "./spec.ts";
import type { Stage } from "./stage.ts";

export interface Seen {
  readonly elements: readonly Element[];
  readonly facts: Readonly<Record<string, unknown>>;
  readonly focused: Element | null;
  readonly refs: ReadonlyMap<number, Element | null>;
}

export const FOCUSABLE = `a[href], textarea, [tabindex]:not(button, ${LOOSE.join()})`;
/** Preact sets these as properties, which leave an empty attribute where there is none any more. */
const EMPTIED = new Set(["dir", "role", "target", "rel", "type", "placeholder", "class"]);

export function look(stage: Stage, isOneDrawing: boolean): Seen {
  const { place, log } = stage;
  const active = document.activeElement;
  return {
    elements: [...place.querySelectorAll("*")],
    focused: place.contains(active) ? active : null,
    refs: new Map([...stage.refs].map(([id, { current }]) => [id, current])),
    facts: {
      html: html(place),
      // In one order in both: who hears a click, and what runs once the page has changed.
      order: log.filter((line) => line.startsWith("click") || (isOneDrawing && line.startsWith("layout+"))),
      // Each effect of a component, and each clean-up, in its order.
      components: groups(
        log.filter((line) => line.startsWith("layout")),
        /^\S+ (-?\d+)/,
      ),
      effects: groups(log, /^\S+ (-?\d+\.\d)/),
      setters: [...stage.setters.keys()].sort((a, b) => a - b),
    },
  };
}

/** Elements that are the same one in both bear the same mark for as long as they live. */
export class Marks {
  private readonly of = new WeakMap<Element, number>();
  private last = 0;

  same(one: Element | null | undefined, other: Element | null | undefined): boolean {
    if (!one || !other) return !one === !other;
    const [mark, otherMark] = [this.of.get(one), this.of.get(other)];
    if (mark !== undefined || otherMark !== undefined) return mark === otherMark;
    this.of.set(one, ++this.last);
    this.of.set(other, this.last);
    return true;
  }
}

export function differenceOf(one: Seen, other: Seen, marks: Marks): Record<string, unknown> | undefined {
  for (const [name, fact] of Object.entries(one.facts)) {
    const [preact, view] = [JSON.stringify(fact, null, 1), JSON.stringify(other.facts[name], null, 1)];
    if (preact !== view) return { name, preact, view };
  }
  for (const [at, element] of one.elements.entries())
    if (!LOOSE.includes(element.localName) && !marks.same(element, other.elements[at]))
      return { name: "identity", preact: html(element), at };
  if (!marks.same(one.focused, other.focused)) return told("focus", one.focused, other.focused);
  for (const [id, element] of one.refs) {
    const found = other.refs.get(id);
    if (!marks.same(element, found)) return told(`ref ${id}`, element, found);
  }
  return undefined;
}

function told(name: string, one: Element | null, other: Element | null | undefined): Record<string, unknown> {
  return { name, preact: one && html(one), view: other && html(other) };
}

function groups(lines: readonly string[], by: RegExp): [string, string[]][] {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const name = by.exec(line)?.[1];
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), line]);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Texts run together, attributes sorted. */
function html(node: Node, depth = 0): string {
  if (!(node instanceof Element)) return node.textContent ?? "";
  const attributes = [...node.attributes]
    .filter(({ name, value }) => value !== "" || !EMPTIED.has(name))
    .map(({ name, value }) => ` ${name}="${value}"`)
    .sort()
    .join("");
  const prefix = node instanceof SVGElement ? "svg:" : "";
  const value = node instanceof HTMLTextAreaElement ? ` value=${node.value}` : "";
  const inner = [...node.childNodes].map((child) => html(child, depth + 1)).join("");
  return `\n${" ".repeat(depth)}<${prefix}${node.localName}${attributes}${value}>${inner}</>`;
}
