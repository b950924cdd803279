/** What went wrong with a file, in a sentence, and whether trying again may help. */
import type { LaterKey } from "./words.ts";

export interface Fault {
  readonly fault: LaterKey;
  readonly mayRetry: boolean;
}

/** First match. */
const SENTENCES: readonly (readonly [RegExp, LaterKey])[] = [
  [/too_large|^http_413/, "too_large"],
  [/not_allowed|unsupported/, "not_allowed"],
  [/type_mismatch/, "mismatch"],
  [/empty/, "empty"],
  [/invalid_name/, "name"],
  [/malware|virus|infected/, "malware"],
  [/encrypted/, "encrypted"],
  [/bomb|unreadable|too_long|refused|file_failed/, "unreadable"],
  [/quota/, "quota"],
  [/forbidden|restricted|scope/, "may_not"],
];

export function faultOf(failure: unknown): Fault {
  const {
    code = "",
    status = 0,
    isTransient = false,
  } = failure as {
    code?: string;
    status?: number;
    isTransient?: boolean;
  };
  const key = SENTENCES.find(([pattern]) => pattern.test(code))?.[1];
  if (key) return { fault: key, mayRetry: false };
  // Everything else may pass: the network, the scanner or the store were away.
  return { fault: isTransient && status === 0 ? "lost" : "failed", mayRetry: true };
}
