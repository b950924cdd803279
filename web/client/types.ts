/** What the HTTP API says, under the names that a front end uses; the shapes are those of its description (api.gen.ts). */

import type { components } from "./api.gen.ts";

type Schemas = components["schemas"];

/** A UUID. */
export type Id = string;
/** An RFC 3339 time in UTC. */
export type Time = string;

export type User = Schemas["SessionUserOut"];
export type Organization = Schemas["TenantOut"];
/** POST /embed/auth and /embed/refresh. */
export type SessionAnswer = Schemas["SessionOut"];

/** What callers see of a session: never its tokens. */
export interface Session {
  user: User;
  organization: Organization;
  /** When its access token ends, in milliseconds since 1970. */
  expires_at: number;
}

export type Me = Schemas["MeOut"];

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Paging {
  limit?: number;
  cursor?: string;
}

/** An agent that the user may talk to. */
export type Agent = Schemas["AgentChoice"];
export type Conversation = Schemas["ConversationListed"];
export type Message = Schemas["MessageOut"];
/** A file that was sent with a message. */
export type FileRef = Schemas["MessageFileOut"];
/** Where an answer has something from; `marker` stands for it in the text, in brackets. */
export type Citation = Schemas["CitationOut"];
/** A file; `code` says why one was refused or could not be read. */
export type FileInfo = Schemas["FileOut"];
export type FileStatus = FileInfo["status"];

export type RunStatus = Schemas["Status"];
export type RunStarted = Schemas["RunStartedOut"];
export type Run = Schemas["RunOut"];

/** Where an argument's value came from; `path` is a JSON pointer into the arguments. */
export type Evidence = Schemas["ValueEvidenceOut"];
/** GET /approvals. */
export type Approval = Schemas["ApprovalOut"];
export type Approvers = Approval["approvers"];
export type ApprovalReason = Approval["reason"];
export type ApprovalStatus = Approval["status"];
export type Decision = Schemas["ApprovalDecision"]["decision"];

/** An entry of the organization's log; `index` is null for the second or two until it is sealed. */
export type AuditEntry = Schemas["EntryOut"];
/** RFC 6962 section 2.1.2; hashes in base64. */
export type AuditConsistency = Schemas["ConsistencyOut"];
export type AuditFormat = "jsonl" | "csv" | "verifiable";
/** What to leave out. */
export interface AuditFilter {
  /** A user or key, erased or not. */
  actor?: Id;
  actor_kind?: "user" | "api_key" | "operator" | "system" | "unknown";
  /** `run.started`, or `run.*` for all of a kind. */
  action?: string;
  target?: Id;
  outcome?: "success" | "refused" | "failure";
  from?: Time;
  /** Exclusive. */
  to?: Time;
}

export type Args = Record<string, unknown>;

/** What the event of an approval shares with it. */
export type ApprovalAsk = Pick<
  Approval,
  "call_id" | "tool" | "effect" | "titles" | "args" | "args_sha256" | "reason" | "evidence" | "approvers" | "expires_at"
>;

/** Data of each kind of event of a run. */
export interface EventData {
  "run.queued": { run_id: Id; conversation_id: Id };
  "run.started": { run_id: Id; conversation_id: Id };
  "run.resumed": { attempt: number };
  "run.waiting": { reason: string; call_id?: string | null; approval_id?: Id | null };
  "run.completed": { input_tokens: number; output_tokens: number; cost_micros: number | null };
  "run.failed": { code: string; detail: string };
  "run.cancelled": { reason?: "interrupted" };
  "run.expired": { code: string; detail: string };
  "message.delta": { text: string };
  "message.restarted": Record<string, never>;
  "message.completed": { text: string; is_cut?: boolean; citations?: Citation[] };
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
