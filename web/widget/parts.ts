/** What comes in files of their own beside the frame's: nobody waits for them to read or write the first words. */
import { useEffect, useRef, useState } from "preact/hooks";

import type * as Later from "./later/index.ts";
import type * as Markdown from "./markdown/index.ts";

/** The files' addresses beside this one; the build writes them here. */
declare const TEXT_FILE: string;
declare const LATER_FILE: string;

const TRIES = 5;

interface Part<T> {
  load(tries?: number): Promise<void>;
  /** It, once it is there. */
  use(): T | null;
}

function part<T>(ask: () => Promise<T>): Part<T> {
  let found: T | null = null;
  const waiting = new Set<(found: T) => void>();
  const load = async (tries = TRIES): Promise<void> => {
    try {
      found = await ask();
      for (const tell of waiting) tell(found);
    } catch {
      if (tries > 1) setTimeout(() => void load(tries - 1), 2000);
    }
  };
  const use = (): T | null => {
    const [shown, setShown] = useState(found);
    useEffect(() => {
      if (shown) return;
      if (found) return setShown(found);
      waiting.add(setShown);
      return () => waiting.delete(setShown);
    }, []);
    return shown;
  };
  return { load, use };
}

/** The reader of Markdown: without it, texts stay plain. */
export const markdown = part(async () => (await import(TEXT_FILE)) as typeof Markdown);

/** Files, citations and earlier conversations. */
export const later = part(async () => {
  const found = (await import(LATER_FILE)) as typeof Later;
  found.lend({ useEffect, useRef, useState });
  return found;
});
