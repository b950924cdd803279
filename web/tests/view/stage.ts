/** A kit at work: draws trees into a place of its own, and notes what its components see. */
import type { Drawn, Spec } from "./spec.ts";

type Drawing = unknown;
type Props = Record<string, unknown>;
type Effect = (effect: () => unknown, deps: readonly unknown[]) => void;

/** What both libraries have, by one name each. */
export interface Kit {
  readonly jsx: (type: unknown, props: Props, key?: unknown) => Drawing;
  readonly Fragment: unknown;
  readonly render: (element: Drawing, place: Element) => void;
  readonly useState: <T>(first: T) => [T, (next: T) => void];
  readonly useRef: <T>(first: T) => { current: T };
  readonly useMemo: <T>(make: () => T, deps: readonly unknown[]) => T;
  readonly useEffect: Effect;
  readonly useLayoutEffect: Effect;
  /** Runs what the library has put off. */
  readonly flush: () => Promise<void>;
}

type Given = { spec: Drawn; children: Drawing };

export class Stage {
  readonly place = document.body.appendChild(document.createElement("div"));
  readonly refs = new Map<number, { current: Element | null }>();
  /** The setter of each component on the page, by the tree in which it came. */
  readonly setters = new Map<number, (next: number) => void>();
  log: string[] = [];
  private readonly kept = new WeakMap<Spec, Drawing>();
  private readonly components: Record<string, (given: Given) => Drawing>;

  readonly kit: Kit;

  constructor(kit: Kit) {
    this.kit = kit;
    this.components = componentsOf(this);
  }

  draw(spec: Spec): void {
    this.kit.render(this.element(spec), this.place);
  }

  ref(id: number): { current: Element | null } {
    const found = this.refs.get(id) ?? { current: null };
    this.refs.set(id, found);
    return found;
  }

  private element(spec: Spec): Drawing {
    switch (spec.kind) {
      case "nothing":
        return spec.value;
      case "text":
        return spec.text;
      case "list":
        return spec.children.map((child) => this.element(child));
      default: {
        const known = spec.isKept ? this.kept.get(spec) : undefined;
        const made = known ?? this.made(spec);
        this.kept.set(spec, made);
        return made;
      }
    }
  }

  private made(spec: Drawn): Drawing {
    const { jsx, Fragment } = this.kit;
    const children = spec.children.map((child) => this.element(child));
    if (spec.kind === "fragment") return jsx(Fragment, { children }, spec.key);
    if (spec.kind === "component") return jsx(this.components[spec.type], { spec, children }, spec.key);
    const props: Props = { ...spec.attributes, children: children.length === 1 ? children[0] : children };
    if (children.length === 0) delete props["children"];
    if (spec.ref !== undefined) props["ref"] = this.ref(spec.ref);
    if (spec.handler !== undefined) props["onClick"] = spec.handler && (() => this.log.push(`click ${spec.handler}`));
    return jsx(spec.type, props, spec.key);
  }
}

/** A component's name is the tree in which it came: whoever takes another's place shows that one's. */
function componentsOf(stage: Stage): Record<string, (given: Given) => Drawing> {
  const { jsx, Fragment, useState, useRef, useMemo, useEffect, useLayoutEffect } = stage.kit;
  const note = (kind: string, name: string, value: string | number | null | undefined) => () => {
    stage.log.push(`${kind}+ ${name} ${value}`);
    return () => void stage.log.push(`${kind}- ${name} ${value}`);
  };
  function useSelf(spec: Drawn): { born: number; count: number; set: (next: number) => void } {
    const [born] = useState(spec.uid);
    const [count, set] = useState(0);
    stage.setters.set(born, set);
    useLayoutEffect(() => () => void stage.setters.delete(born), []);
    return { born, count, set };
  }
  function Counter({ spec, children }: Given): Drawing {
    const { born, count, set } = useSelf(spec);
    const click = () => {
      stage.log.push(`click ${born} at ${count}`);
      set(count + 1);
    };
    return jsx("div", { "data-born": born, onClick: click, children: [jsx("output", { children: count }), children] });
  }
  function Watcher({ spec, children }: Given): Drawing {
    const { born, count } = useSelf(spec);
    const box = useRef<Element | null>(null);
    const other = spec.handler ?? 0;
    useLayoutEffect(note("layout", `${born}.0`, count), [count]);
    useEffect(note("effect", `${born}.1`, other), [other]);
    useLayoutEffect(note("layout", `${born}.2`, other), [other, count]);
    useEffect(note("effect", `${born}.3`, "once"), []);
    useLayoutEffect(() => note("layout", `${born}.4`, box.current?.getAttribute("data-born"))(), []);
    return jsx("section", { ref: box, "data-born": born, children });
  }
  function Wrapper({ spec, children }: Given): Drawing {
    const { born, count } = useSelf(spec);
    useLayoutEffect(note("layout", `${born}.0`, count), [count]);
    return jsx(Fragment, { children: [`${born}:${count}`, jsx(Fragment, { children })] });
  }
  /** Draws itself again from an effect, until it is even. */
  function Chain({ spec, children }: Given): Drawing {
    const { born, count, set } = useSelf(spec);
    useEffect(() => {
      if (count % 2 === 1) set(count + 1);
      return note("effect", `${born}.0`, count)();
    }, [count]);
    return jsx("div", { "data-born": born, "data-count": count, children });
  }
  /** There only while its count is even. */
  function Maybe({ spec, children }: Given): Drawing {
    const { born, count } = useSelf(spec);
    useLayoutEffect(note("layout", `${born}.0`, count), [count]);
    return count % 2 === 0 ? jsx("aside", { "data-born": born, children }) : null;
  }
  /** What it holds is the same object until its count changes. */
  function Still({ spec }: Given): Drawing {
    const { born, count } = useSelf(spec);
    const inner = useMemo(
      () => jsx(Counter, { spec: { ...spec, uid: -born }, children: `${born} at ${count}` }),
      [count],
    );
    return jsx("nav", { ...spec.attributes, "data-born": born, children: inner });
  }
  /** Takes what is written only now and then, and shows what it holds when it is drawn. */
  function Field({ spec }: Given): Drawing {
    const { born, count, set } = useSelf(spec);
    const write = ({ currentTarget }: { currentTarget: HTMLTextAreaElement }) =>
      currentTarget.value.endsWith("!") ? set(count + 1) : undefined;
    return jsx("textarea", { "data-born": born, rows: 1, value: count ? `held ${count}` : "", onInput: write });
  }
  return { Field, Counter, Watcher, Wrapper, Chain, Maybe, Still };
}
