/** The frame's hooks for what comes in a file of its own: only whoever draws a component knows its state. */
import type * as hooks from "preact/hooks";

export type Lent = Pick<typeof hooks, "useEffect" | "useRef" | "useState">;

let lent: Lent;

/** To be called once, before anything of this file is drawn. */
export function lend(given: Lent): void {
  lent = given;
}

export const useEffect: Lent["useEffect"] = (effect, deps) => lent.useEffect(effect, deps);
export const useRef = (<T>(value: T) => lent.useRef(value)) as Lent["useRef"];
export const useState = (<T>(first: T) => lent.useState(first)) as Lent["useState"];
