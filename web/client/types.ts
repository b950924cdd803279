/** What the HTTP API says, by hand: the members that a front end reads. Names are those of the wire. */

/** A UUID. */
export type Id = string;
/** An RFC 3339 time in UTC. */
export type Time = string;

export interface User {
  id: Id;
  display_name: string | null;
  email: string | null;
  role: string;
  /** The locale of the partner's token, where it named one. */
  locale?: string | null;
}

export interface Organization {
  id: Id;
  external_id: string;
  name: string;
  region: string;
}

/** POST /embed/auth and /embed/refresh. */
export interface SessionAnswer {
  session_token: string;
  token_type: "Bearer";
  expires_in: number;
  refresh_token: string;
  user: User;
  organization: Organization;
}

/** What callers see of a session: never its tokens. */
export interface Session {
  user: User;
  organization: Organization;
  /** When its access token ends, in milliseconds since 1970. */
  expires_at: number;
}

export interface Me {
  user: User;
  organization: Organization;
  session_expires_at: Time | null;
  permissions: string[];
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Paging {
  limit?: number;
  cursor?: string;
}

/** An agent that the user may talk to. */
export interface Agent {
  id: Id;
  name: string;
}

export interface Conversation {
  id: Id;
  user_id: Id;
  agent_id: Id;
  /** Its first words, on one line. */
  preview?: string | null;
  created_at: Time;
  updated_at: Time;
}

export interface Message {
  id: Id;
  run_id: Id;
  author: "user" | "assistant";
  text: string;
  created_at: Time;
}

export type RunStatus = "queued" | "running" | "waiting" | "completed" | "failed" | "cancelled" | "expired";

export interface RunStarted {
  id: Id;
  status: RunStatus;
  conversation_id: Id;
}

export interface Run extends RunStarted {
  user_id: Id;
  agent_id: Id;
  agent_version: number;
  model: string;
  input_tokens: number;
  output_tokens: number;
  cost_micros: number | null;
  failure_code: string | null;
  cancel_requested_at: Time | null;
  created_at: Time;
  started_at: Time | null;
  finished_at: Time | null;
}

/** Where an argument's value came from; `path` is a JSON pointer into the arguments. */
export interface Evidence {
  path: string;
  value: string;
  source: "user" | "tool" | "assistant";
  tool?: string | null;
}

export type Approvers = "user" | "admin" | "four_eyes";
export type ApprovalReason = "policy" | "always" | "interrupted";
export type ApprovalStatus = "pending" | "approved" | "denied" | "expired" | "cancelled" | "spent";
export type Decision = "approve" | "deny" | "stop" | "endorse";
export type Args = Record<string, unknown>;

/** What the two shapes of an approval share. */
export interface ApprovalAsk {
  call_id: string;
  tool: string;
  effect: string;
  /** The title by language, made by the server from the template and the arguments; {} where there is no template. */
  titles: Record<string, string>;
  args: Args;
  /** Hex of the SHA-256 of the arguments' RFC 8785 JSON: what a decision is bound to. */
  args_sha256: string;
  reason: ApprovalReason;
  evidence: Evidence[];
  approvers: Approvers;
  expires_at: Time;
}

/** GET /approvals. */
export interface Approval extends ApprovalAsk {
  id: Id;
  run_id: Id;
  conversation_id: Id;
  may_decide?: boolean;
  status: ApprovalStatus;
  created_at: Time;
  decided_at?: Time | null;
  decided_by?: Id | null;
}

/** Data of each kind of event of a run. */
export interface EventData {
  "run.queued": { run_id: Id; conversation_id: Id };
  "run.started": { run_id: Id; conversation_id: Id };
  "run.resumed": { attempt: number };
  "run.waiting": { reason: string; call_id?: string | null; approval_id?: Id | null };
  "run.completed": { input_tokens: number; output_tokens: number; cost_micros: number | null };
  "run.failed": { code: string; detail: string };
  "run.cancelled": Record<string, never>;
  "run.expired": { code: string; detail: string };
  "message.delta": { text: string };
  "message.restarted": Record<string, never>;
  "message.completed": { text: string; is_cut?: boolean };
  "model.completed": { model: string; step: number; finish: string };
  "tool.called": { call_id: string; name: string; args: Args | null; idempotency_key: string };
  "tool.completed": { call_id: string; name: string; text: string; is_error: boolean };
  "approval.requested": ApprovalAsk & { approval_id: Id };
  "approval.decided": {
    approval_id: Id;
    call_id: string;
    decision: "approved" | "denied" | "expired";
    decided_by: Id | null;
  };
}

export type EventKind = keyof EventData;

/** An event of a run. `id` is opaque: it is what a stream goes on from. */
export type RunEvent = { [K in EventKind]: { id: string; event: K; data: EventData[K] } }[EventKind];

/** Nothing follows these. */
export const FINAL: ReadonlySet<string> = new Set(["run.completed", "run.failed", "run.cancelled", "run.expired"]);
/** A stream ends with one of these. */
export const ENDING: ReadonlySet<string> = new Set([...FINAL, "run.waiting"]);

/** How a followed run is connected. */
export type ConnectionState = "connecting" | "streaming" | "reconnecting" | "offline";
