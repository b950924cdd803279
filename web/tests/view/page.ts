/** Holds the widget's view against Preact: the same trees, the same acts, and then a look at both. */
import { Fragment, options, render } from "preact";
import * as hooks from "preact/hooks";
import { jsx } from "preact/jsx-runtime";

import * as ourHooks from "../../widget/view/hooks.ts";
import * as ours from "../../widget/view/preact.ts";
import { type Chance, chanceOf, pick } from "./chance.ts";
import { FOCUSABLE, Marks, type Seen, differenceOf, look } from "./look.ts";
import { type Drawn, Garden } from "./spec.ts";
import { type Kit, Stage } from "./stage.ts";

interface Found {
  readonly acts: Record<string, number>;
  readonly difference?: unknown;
}

const put: (() => void)[] = [];
(options as { requestAnimationFrame?: (run: () => void) => void }).requestAnimationFrame = (run) => put.push(run);

const preact = { ...hooks, jsx, Fragment, render, flush } as unknown as Kit;
const view = { ...ourHooks, ...ours, flush } as unknown as Kit;

/** Until nothing is put off: microtasks, then Preact's effects, which may put off more. The browser paints nothing. */
async function flush(): Promise<void> {
  do {
    for (const run of put.splice(0)) run();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  } while (put.length > 0);
}

/** How many acts there were of each kind, and where the two first differ. */
async function compare(seed: number, steps: number, flaw: string): Promise<Found> {
  const chance = chanceOf(seed);
  const garden = new Garden(chance);
  const stages = [new Stage(preact), new Stage(flawed(flaw))] as const;
  const marks = new Marks();
  const acts: Record<string, number> = {};
  const keepsFocus = "moveBefore" in document.body;
  let tree = garden.root();
  try {
    for (let step = 0; step < steps; step++) {
      const kind =
        step === 0 ? "draw" : pick(chance, ["draw", "draw", "draw", "set", "set and draw", "click", "write"]);
      if (step > 0 && kind.endsWith("draw")) tree = garden.step(tree);
      const act = actOf(kind, chance, stages[0], tree);
      acts[kind] = (acts[kind] ?? 0) + 1;
      const focus = chance();
      const seen: Seen[] = [];
      for (const stage of stages) {
        (document.activeElement as HTMLElement | null)?.blur();
        if (keepsFocus && focus < 0.25) choose(stage, FOCUSABLE, focus * 4)?.focus({ preventScroll: true });
        stage.log = [];
        act(stage);
        await stage.kit.flush();
        seen.push(look(stage, kind === "draw"));
      }
      const difference = differenceOf(seen[0]!, seen[1]!, marks);
      if (difference) return { acts, difference: { seed, step, kind, ...difference } };
    }
    return { acts };
  } finally {
    for (const stage of stages) {
      stage.kit.render(null, stage.place);
      stage.place.remove();
    }
  }
}

/** Our view with a fault, to see that it would be found. */
function flawed(flaw: string): Kit {
  const handlers = new Map<unknown, unknown>();
  const flaws: Record<string, Partial<Kit>> = {
    "no keys": { jsx: (type, props) => view.jsx(type, props) },
    "no clean-ups": { useLayoutEffect: (effect, deps) => view.useLayoutEffect(() => void effect(), deps) },
    "only first handlers": {
      jsx: (type, props, key) => {
        if (!props["onClick"]) return view.jsx(type, props, key);
        if (!handlers.has(type)) handlers.set(type, props["onClick"]);
        return view.jsx(type, { ...props, onClick: handlers.get(type) }, key);
      },
    },
    "no refs": { jsx: (type, props, key) => view.jsx(type, { ...props, ref: undefined }, key) },
    "stale memos": { useMemo: (make) => view.useMemo(make, []) },
    "fewer reasons": {
      useLayoutEffect: (effect, deps) => view.useLayoutEffect(effect, deps.length > 0 ? [deps[0]] : deps),
    },
  };
  if (flaw !== "" && !flaws[flaw]) throw new Error(`no such flaw: ${flaw}`);
  return { ...view, ...flaws[flaw] };
}

function actOf(kind: string, chance: Chance, { setters }: Stage, tree: Drawn): (stage: Stage) => void {
  const known = [...setters.keys()].sort((a, b) => a - b);
  const chosen = known.filter(() => chance() < 0.15).map((born) => [born, Math.floor(chance() * 4)] as const);
  if (chance() < 0.5) chosen.reverse();
  const set = (stage: Stage) => chosen.forEach(([born, count]) => stage.setters.get(born)?.(count));
  const where = chance();
  const isLoud = chance() < 0.5;
  switch (kind) {
    case "draw":
      return (stage) => stage.draw(tree);
    case "set":
      return set;
    case "set and draw":
      return (stage) => {
        set(stage);
        stage.draw(tree);
      };
    case "click":
      return (stage) => choose(stage, "*", where)?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    default:
      return (stage) => {
        const field = choose(stage, "textarea", where);
        if (field) (field as HTMLTextAreaElement).value = `written ${where}${isLoud ? "!" : ""}`;
        field?.dispatchEvent(new Event("input", { bubbles: true }));
      };
  }
}

function choose({ place }: Stage, selector: string, where: number): HTMLElement | undefined {
  const found = place.querySelectorAll<HTMLElement>(selector);
  return found[Math.floor(where * found.length)];
}

Object.assign(window, { compare });
