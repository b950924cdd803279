/** What a run looks like after some of its events: a pure function, for whoever shows it. */

import type { ApprovalAsk, Args, Id, RunEvent, RunStatus } from "./types.ts";

/** Something that the assistant said; at the end it is exactly what is stored. */
export interface MessagePart {
  kind: "message";
  text: string;
  /** False while it is being said, and where the run ended in its midst. */
  isComplete: boolean;
  /** It was stopped before its end. */
  isCut: boolean;
}

export interface ToolPart {
  kind: "tool";
  callId: string;
  name: string;
  args: Args | null;
  state: "running" | "done" | "failed";
  /** What the tool answered; untrusted text. */
  text: string | null;
}

export interface ApprovalView extends ApprovalAsk {
  kind: "approval";
  approvalId: Id;
  decision: "pending" | "approved" | "denied" | "expired";
  decidedBy: Id | null;
}

export type RunPart = MessagePart | ToolPart | ApprovalView;

export interface RunView {
  runId: Id | null;
  conversationId: Id | null;
  status: RunStatus;
  parts: readonly RunPart[];
  /** Why it failed or expired. */
  failure: { code: string; detail: string } | null;
  /** The approval that it waits for. */
  waitingFor: Id | null;
  /** How often a message was begun anew after a crash. */
  restarts: number;
  lastEventId: string | null;
}

/** A run of which nothing is known yet. */
export function begin(): RunView {
  return {
    runId: null,
    conversationId: null,
    status: "queued",
    parts: [],
    failure: null,
    waitingFor: null,
    restarts: 0,
    lastEventId: null,
  };
}

/** The run after all these events. */
export function assemble(events: Iterable<RunEvent>): RunView {
  let view = begin();
  for (const event of events) view = reduce(view, event);
  return view;
}

/** The run after one more event; parts that it does not touch stay the same objects. */
export function reduce(view: RunView, event: RunEvent): RunView {
  return { ...view, ...changes(view, event), lastEventId: event.id };
}

function changes(view: RunView, event: RunEvent): Partial<RunView> {
  switch (event.event) {
    case "run.queued":
    case "run.started":
      return {
        runId: event.data.run_id,
        conversationId: event.data.conversation_id,
        status: event.event === "run.queued" ? "queued" : "running",
      };
    case "run.resumed":
      return { status: "running", waitingFor: null };
    case "run.waiting":
      return { status: "waiting", waitingFor: event.data.approval_id ?? pendingOf(view, event.data.call_id) };
    case "run.completed":
    case "run.cancelled":
      return { status: event.event === "run.completed" ? "completed" : "cancelled", waitingFor: null };
    case "run.failed":
    case "run.expired":
      return { status: event.event === "run.failed" ? "failed" : "expired", failure: event.data, waitingFor: null };
    case "message.restarted":
      return { parts: withoutOpen(view.parts), restarts: view.restarts + 1, status: "running" };
    default:
      return { parts: partsAfter(view.parts, event), status: view.status === "queued" ? "running" : view.status };
  }
}

function partsAfter(parts: readonly RunPart[], event: RunEvent): readonly RunPart[] {
  switch (event.event) {
    case "message.delta":
      return withMessage(parts, {
        text: (openOf(parts)?.text ?? "") + event.data.text,
        isComplete: false,
        isCut: false,
      });
    case "message.completed":
      return withMessage(parts, { text: event.data.text, isComplete: true, isCut: event.data.is_cut ?? false });
    case "tool.called":
      return withTool(parts, event.data.call_id, { ...event.data, state: "running", text: null });
    case "tool.completed":
      return withTool(parts, event.data.call_id, {
        name: event.data.name,
        state: event.data.is_error ? "failed" : "done",
        text: event.data.text,
      });
    case "approval.requested":
      return [...parts, asked(event.data)];
    case "approval.decided": {
      const { approval_id, decision, decided_by } = event.data;
      return parts.map((part) =>
        part.kind === "approval" && part.approvalId === approval_id
          ? { ...part, decision, decidedBy: decided_by }
          : part,
      );
    }
    default:
      return parts;
  }
}

/** The message that is being said: the last part, unless that is complete or something else. */
function openOf(parts: readonly RunPart[]): MessagePart | undefined {
  const last = parts.at(-1);
  return last?.kind === "message" && !last.isComplete ? last : undefined;
}

function withoutOpen(parts: readonly RunPart[]): readonly RunPart[] {
  return openOf(parts) ? parts.slice(0, -1) : parts;
}

function withMessage(parts: readonly RunPart[], message: Omit<MessagePart, "kind">): readonly RunPart[] {
  const before = withoutOpen(parts);
  return message.text === "" ? before : [...before, { kind: "message", ...message }];
}

type ToolChange = Partial<Pick<ToolPart, "args">> & Pick<ToolPart, "name" | "state" | "text">;

function withTool(
  parts: readonly RunPart[],
  callId: string,
  { name, args, state, text }: ToolChange,
): readonly RunPart[] {
  const isOfCall = (part: RunPart): part is ToolPart => part.kind === "tool" && part.callId === callId;
  const known = parts.find(isOfCall);
  const part: ToolPart = { kind: "tool", callId, name, args: args ?? known?.args ?? null, state, text };
  return known ? parts.map((other) => (other === known ? part : other)) : [...parts, part];
}

function asked({ approval_id, ...ask }: ApprovalAsk & { approval_id: Id }): ApprovalView {
  return { kind: "approval", ...ask, approvalId: approval_id, decision: "pending", decidedBy: null };
}

function pendingOf(view: RunView, callId: string | null | undefined): Id | null {
  const found = view.parts.find(
    (part) => part.kind === "approval" && part.decision === "pending" && part.call_id === callId,
  );
  return found?.kind === "approval" ? found.approvalId : null;
}
