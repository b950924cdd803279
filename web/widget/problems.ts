/** What went wrong, as a sentence that a reader understands and one thing to do. */
import { RingfenceError } from "../client/errors.ts";
import type { Key } from "./messages.ts";

export interface Problem {
  readonly key: Key;
  readonly action: "tryAgain" | "signInAgain" | "newConversation" | null;
}

const SENTENCES: Readonly<Record<string, Key>> = {
  token_missing: "problem_token_missing",
  token_failed: "problem_token_failed",
  token_format: "problem_token_format",
  token_timeout: "problem_token_timeout",
  invalid_token: "problem_invalid_token",
  token_too_large: "problem_invalid_token",
  invalid_credential: "problem_invalid_token",
  invalid_session: "problem_invalid_token",
  missing_credential: "problem_invalid_token",
  session_expired: "problem_invalid_token",
  session_revoked: "problem_invalid_token",
  invalid_refresh_token: "problem_invalid_token",
  refresh_reused: "problem_invalid_token",
  origin_not_allowed: "problem_origin",
  partner_restricted: "problem_restricted",
  organization_restricted: "problem_restricted",
  user_restricted: "problem_restricted",
  restricted: "problem_restricted",
  forbidden: "problem_restricted",
  ai_disabled: "problem_ai_disabled",
  rate_limited: "problem_rate_limited",
  model_rate_limited: "problem_rate_limited",
  conversation_busy: "problem_busy",
  idempotency_in_progress: "problem_busy",
  other_agent: "problem_gone",
  not_found: "problem_gone",
  agent_missing: "problem_agent",
  step_limit: "problem_limit",
  token_limit: "problem_limit",
  run_timeout: "problem_timeout",
  network: "problem_unavailable",
  timeout: "problem_unavailable",
  stale_process: "problem_unavailable",
};

/** Trying again cannot help: somebody else has to change something. */
const FINAL: ReadonlySet<Key> = new Set(["problem_origin", "problem_restricted", "problem_ai_disabled"]);

export function problemOf(failure: unknown): Problem {
  if (!(failure instanceof RingfenceError)) return { key: "problem_unknown", action: "tryAgain" };
  if (failure.code === "network" && navigator.onLine === false) return { key: "problem_offline", action: "tryAgain" };
  if (failure.status === 413) return { key: "problem_too_long", action: null };
  if (SENTENCES[failure.code] === undefined && failure.status >= 500)
    return { key: "problem_unavailable", action: "tryAgain" };
  return problemOfCode(failure.code);
}

/** The problem of a run that failed. */
export function problemOfCode(code: string | null): Problem {
  const key = SENTENCES[code ?? ""] ?? (code?.startsWith("model_") ? "problem_model" : "problem_unknown");
  if (FINAL.has(key)) return { key, action: null };
  if (key === "problem_gone") return { key, action: "newConversation" };
  return { key, action: key === "problem_invalid_token" ? "signInAgain" : "tryAgain" };
}
