/** The reader of Markdown, which comes in a file of its own beside the frame's. */
import { useEffect, useState } from "preact/hooks";

import type * as Markdown from "./markdown/index.ts";

/** The file's address beside this one; the build writes it here. */
declare const TEXT_FILE: string;

type Reader = typeof Markdown;

const TRIES = 5;
let reader: Reader | null = null;
const waiting = new Set<(reader: Reader) => void>();

/** Asks for it. Where it does not come, texts stay plain. */
export async function loadMarkdown(tries = TRIES): Promise<void> {
  try {
    reader = (await import(TEXT_FILE)) as Reader;
    for (const tell of waiting) tell(reader);
  } catch {
    if (tries > 1) setTimeout(() => void loadMarkdown(tries - 1), 2000);
  }
}

export function useMarkdown(): Reader | null {
  const [found, setFound] = useState(reader);
  useEffect(() => {
    if (found) return;
    if (reader) return setFound(reader);
    waiting.add(setFound);
    return () => waiting.delete(setFound);
  }, []);
  return found;
}
