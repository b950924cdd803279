/** A conversation as it is shown: turns, each a message of the user and what the assistant did about it. */
import type {
  Approval,
  ApprovalAsk,
  ApprovalStatus,
  Citation,
  FileRef,
  Message,
  Run,
  RunEvent,
  RunStatus,
} from "../client/types.ts";
import type { Problem } from "./problems.ts";

export interface TextPart {
  readonly kind: "text";
  readonly key: string;
  readonly text: string;
  readonly isDone: boolean;
  readonly isCut: boolean;
  readonly citations: readonly Citation[];
}

export interface ToolPart {
  readonly kind: "tool";
  readonly key: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>> | null;
  readonly state: "running" | "done" | "failed" | "stopped";
  readonly answer: string;
  /** Milliseconds since 1970; null where the call was not watched. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface ApprovalPart {
  readonly kind: "approval";
  readonly key: string;
  readonly ask: ApprovalAsk;
  readonly status: ApprovalStatus;
  /** Null until the server has said so. */
  readonly mayDecide: boolean | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly problem: Problem | null;
  readonly isDeciding: boolean;
}

export type Part = TextPart | ToolPart | ApprovalPart;
export type TurnStatus = RunStatus | "sending" | "unsent";

export interface Turn {
  readonly key: string;
  readonly runId: string | null;
  readonly text: string;
  /** What was sent with the text. */
  readonly files: readonly FileRef[];
  readonly at: number;
  readonly status: TurnStatus;
  readonly failure: string | null;
  readonly problem: Problem | null;
  readonly wasRestarted: boolean;
  readonly parts: readonly Part[];
}

export const ACTIVE: ReadonlySet<TurnStatus> = new Set(["sending", "queued", "running", "waiting"]);

export function isActive(turn: Turn | undefined): boolean {
  return turn !== undefined && ACTIVE.has(turn.status);
}

export function newTurn(key: string, text: string, files: readonly FileRef[] = [], at = Date.now()): Turn {
  return {
    key,
    runId: null,
    text,
    files,
    at,
    status: "sending",
    failure: null,
    problem: null,
    wasRestarted: false,
    parts: [],
  };
}

/** The turn after this event. */
export function reduce(turn: Turn, event: RunEvent, now: number | null): Turn {
  switch (event.event) {
    case "run.queued":
      return { ...turn, runId: event.data.run_id, status: "queued" };
    case "run.started":
      return { ...turn, runId: event.data.run_id, status: "running" };
    case "run.resumed":
      return { ...turn, status: "running" };
    case "message.delta":
      return { ...turn, status: "running", parts: said(turn, event.data.text) };
    case "message.restarted":
      return { ...turn, wasRestarted: openText(turn) !== null, parts: turn.parts.filter((part) => !isOpen(part)) };
    case "message.completed":
      return { ...turn, wasRestarted: false, parts: closed(turn, event.data) };
    case "tool.called":
      return { ...turn, status: "running", parts: called(turn, event.data, now) };
    case "tool.completed":
      return { ...turn, parts: answered(turn, event.data, now) };
    case "approval.requested":
      return { ...turn, parts: asked(turn, event.data.approval_id, event.data) };
    case "approval.decided":
      return changeApproval(turn, event.data.approval_id, {
        status: event.data.decision,
        decidedBy: event.data.decided_by,
        decidedAt: now,
        isDeciding: false,
        problem: null,
      });
    case "run.waiting":
      return { ...turn, status: "waiting" };
    case "run.completed":
      return ended(turn, "completed", null);
    case "run.failed":
      return ended(turn, "failed", event.data.code);
    case "run.expired":
      return ended(turn, "expired", event.data.code);
    case "run.cancelled":
      return ended(turn, "cancelled", null);
    default:
      return turn;
  }
}

/** What an approval is now, as the server tells it. */
export function withApproval(turn: Turn, approval: Approval): Turn {
  return changeApproval(turn, approval.id, {
    status: approval.status,
    mayDecide: approval.may_decide,
    decidedBy: approval.decided_by,
    decidedAt: approval.decided_at ? Date.parse(approval.decided_at) : null,
    isDeciding: false,
  });
}

export function changeApproval(turn: Turn, id: string, change: Partial<ApprovalPart>): Turn {
  const parts = turn.parts.map((part) => (part.kind === "approval" && part.key === id ? { ...part, ...change } : part));
  return { ...turn, parts };
}

export function pendingApproval(turn: Turn | undefined): ApprovalPart | null {
  const found = turn?.parts.findLast((part) => part.kind === "approval" && part.status === "pending");
  return found?.kind === "approval" && turn?.status === "waiting" ? found : null;
}

/** The words of the assistant that are over, for whoever cannot see them come. */
export function lastWords(turn: Turn): string {
  const found = turn.parts.findLast((part) => part.kind === "text");
  return found?.kind === "text" ? numbered(found) : "";
}

const SMALL = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * The text with the marks of what it cites as small numbers, those of the sources below it. While it is being said the
 * marks count as they come, and one that is not whole yet is not shown; in the end only those that the server vouches for.
 */
export function numbered({ text, isDone, citations }: Omit<TextPart, "kind" | "key">): string {
  const marks = citations.map((citation) => citation.marker);
  const shown = text.replace(/ ?\[([0-9a-f]{8}:\d+)\]/g, (whole, mark: string) => {
    if (!marks.includes(mark)) {
      if (isDone) return whole;
      marks.push(mark);
    }
    return `\u202f${String(marks.indexOf(mark) + 1).replace(/./g, (digit) => SMALL[Number(digit)] ?? "")}`;
  });
  return isDone ? shown : shown.replace(/ ?(\[[0-9a-f]{0,8}(:\d*)?)?$/, "");
}

/** Turns of stored messages, oldest first; what a run did beside its words comes with its events. */
export function turnsOf(messages: readonly Message[], runs: ReadonlyMap<string, Run>): Turn[] {
  const turns = new Map<string, Turn>();
  for (const message of [...messages].sort(byRun)) {
    const run = runs.get(message.run_id);
    const turn =
      turns.get(message.run_id) ??
      ({
        ...newTurn(message.run_id, "", [], Date.parse(message.created_at)),
        runId: message.run_id,
        status: run?.status ?? "completed",
        failure: run?.failure_code ?? null,
      } satisfies Turn);
    turns.set(message.run_id, withMessage(turn, message));
  }
  return [...turns.values()];
}

function withMessage(turn: Turn, message: Message): Turn {
  const { id, text, files, citations } = message;
  if (message.author === "user") return { ...turn, text, files };
  const part: TextPart = { kind: "text", key: id, text, isDone: true, isCut: false, citations };
  return { ...turn, parts: [...turn.parts, part] };
}

/** A queued message was stored before the answer to the one before it: its run says where it belongs. */
function byRun(a: Message, b: Message): number {
  return a.run_id === b.run_id ? compare(a.id, b.id) : compare(a.run_id, b.run_id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isOpen(part: Part): boolean {
  return part.kind === "text" && !part.isDone;
}

function openText(turn: Turn): TextPart | null {
  const last = turn.parts.at(-1);
  return last?.kind === "text" && !last.isDone ? last : null;
}

function said(turn: Turn, text: string): readonly Part[] {
  const open = openText(turn);
  if (open) return [...turn.parts.slice(0, -1), { ...open, text: open.text + text }];
  return [
    ...turn.parts,
    { kind: "text", key: `text-${turn.parts.length}`, text, isDone: false, isCut: false, citations: [] },
  ];
}

type Said = Extract<RunEvent, { event: "message.completed" }>["data"];

function closed(turn: Turn, { text, is_cut: isCut = false, citations = [] }: Said): readonly Part[] {
  const open = openText(turn);
  const key = open?.key ?? `text-${turn.parts.length}`;
  const before = open ? turn.parts.slice(0, -1) : turn.parts;
  return text === "" ? before : [...before, { kind: "text", key, text, isDone: true, isCut, citations }];
}

type Call = Extract<RunEvent, { event: "tool.called" }>["data"];
type Answer = Extract<RunEvent, { event: "tool.completed" }>["data"];

function called(turn: Turn, call: Call, now: number | null): readonly Part[] {
  const part: ToolPart = {
    kind: "tool",
    key: call.call_id,
    name: call.name,
    args: call.args,
    state: "running",
    answer: "",
    startedAt: now,
    endedAt: null,
  };
  const others = turn.parts.filter((one) => one.kind !== "tool" || one.key !== call.call_id);
  return [...others, part];
}

/** A call that was refused before it began has an answer alone. */
function answered(turn: Turn, answer: Answer, now: number | null): readonly Part[] {
  const end = { state: answer.is_error ? ("failed" as const) : ("done" as const), answer: answer.text, endedAt: now };
  const known = turn.parts.some((part) => part.kind === "tool" && part.key === answer.call_id);
  const wasAsked = turn.parts.some((part) => part.kind === "approval" && part.ask.call_id === answer.call_id);
  if (!known && wasAsked) return turn.parts;
  const start = { call_id: answer.call_id, name: answer.name, args: null, idempotency_key: "" };
  const parts = known ? turn.parts : called(turn, start, null);
  return parts.map((part) => (part.kind === "tool" && part.key === answer.call_id ? { ...part, ...end } : part));
}

function asked(turn: Turn, id: string, ask: ApprovalAsk): readonly Part[] {
  const part: ApprovalPart = {
    kind: "approval",
    key: id,
    ask,
    status: "pending",
    mayDecide: null,
    decidedBy: null,
    decidedAt: null,
    problem: null,
    isDeciding: false,
  };
  return [...turn.parts.filter((one) => one.key !== id), part];
}

function ended(turn: Turn, status: TurnStatus, failure: string | null): Turn {
  const parts = turn.parts.map((part): Part => {
    if (part.kind === "tool" && part.state === "running") return { ...part, state: "stopped" };
    if (part.kind === "approval" && part.status === "pending") return { ...part, status: "cancelled" };
    return isOpen(part) && part.kind === "text" ? { ...part, isDone: true } : part;
  });
  return { ...turn, status, failure, wasRestarted: false, parts };
}
