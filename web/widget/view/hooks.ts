/** Preact's hooks, as far as the widget uses them. Effects run as soon as the page has changed; what differs is in preact.ts. */
import { type Instance, drawing, redraw } from "./preact.ts";

type Deps = readonly unknown[] | undefined;

export function useRef<T>(value: T): { current: T } {
  return useMemo(() => ({ current: value }), []);
}

export function useState<T>(first: T): [T, (next: T) => void] {
  const instance = drawing();
  const hook = next(instance, () => first);
  return [
    hook.value as T,
    (value) => {
      if (hook.value === value) return;
      hook.value = value;
      redraw(instance);
    },
  ];
}

export function useMemo<T>(make: () => T, deps: Deps): T {
  const hook = next(drawing(), () => undefined);
  if (isOther(hook.deps, deps)) {
    hook.value = make();
    hook.deps = deps;
  }
  return hook.value as T;
}

export function useLayoutEffect(effect: () => unknown, deps?: Deps): void {
  const hook = next(drawing(), () => undefined);
  if (!isOther(hook.deps, deps)) return;
  hook.deps = deps;
  hook.enter = effect;
}

export { useLayoutEffect as useEffect };

function next(instance: Instance, first: () => unknown): Instance["hooks"][number] {
  return (instance.hooks[instance.at++] ??= { value: first() });
}

function isOther(before: Deps, now: Deps): boolean {
  return !before || !now || before.some((one, at) => one !== now[at]);
}
