/** What went wrong, as a sentence that a reader understands and one thing to do. */
import { RingfenceError } from "../client/errors.ts";
import type { Key } from "./messages.ts";

export interface Problem {
  readonly key: Key;
  readonly action: "tryAgain" | "signInAgain" | "newConversation" | null;
}

/** First match. */
const SENTENCES: readonly (readonly [RegExp, Key])[] = [
  [/^token_(?:failed|missing)$/, "problem_token_failed"],
  [/^token_format$/, "problem_token_format"],
  [/^(?:step|token)_limit$|run_timeout/, "problem_limit"],
  [/token|credential|session|refresh/, "problem_invalid_token"],
  [/origin/, "problem_origin"],
  [/restricted|forbidden/, "problem_restricted"],
  [/ai_disabled/, "problem_ai_disabled"],
  [/rate_|many_/, "problem_rate_limited"],
  [/busy|in_progress/, "problem_busy"],
  [/agent_/, "problem_agent"],
  [/other_agent|not_found/, "problem_gone"],
  [/^(?:network|timeout)$|stale/, "problem_unavailable"],
  [/^model_/, "problem_model"],
];

/** Trying again cannot help: somebody else has to change something. */
const FINAL: ReadonlySet<Key> = new Set(["problem_origin", "problem_restricted", "problem_ai_disabled"]);

export function problemOf(failure: unknown): Problem {
  if (!(failure instanceof RingfenceError)) return { key: "problem_unknown", action: "tryAgain" };
  if (failure.code === "network" && !navigator.onLine) return { key: "problem_offline", action: "tryAgain" };
  if (failure.status === 413) return { key: "problem_too_long", action: null };
  return problemOfCode(failure.status >= 500 ? "network" : failure.code);
}

/** The problem of a run that failed. */
export function problemOfCode(code: string | null): Problem {
  const key = SENTENCES.find(([pattern]) => pattern.test(code ?? ""))?.[1] ?? "problem_unknown";
  if (FINAL.has(key)) return { key, action: null };
  if (key === "problem_gone") return { key, action: "newConversation" };
  return { key, action: key === "problem_invalid_token" ? "signInAgain" : "tryAgain" };
}
