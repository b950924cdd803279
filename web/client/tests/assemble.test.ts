import assert from "node:assert/strict";
import { test } from "node:test";
import { assemble, begin, reduce, type RunEvent } from "../index.ts";

let count = 0;
function event(name: string, data: object = {}): RunEvent {
  count += 1;
  return { id: `${count}:0`, event: name, data } as RunEvent;
}
const started = () => event("run.started", { run_id: "r", conversation_id: "c" });
const delta = (text: string) => event("message.delta", { text });
const completed = (text: string, isCut = false) =>
  event("message.completed", isCut ? { text, is_cut: true } : { text });
const ask = {
  approval_id: "a",
  call_id: "t",
  tool: "refund",
  effect: "irreversible",
  titles: { en: "Refund 420 kr?" },
  args: { amount: 420 },
  args_sha256: "00",
  reason: "policy",
  evidence: [],
  approvers: "user",
  expires_at: "2026-11-22T06:00:00Z",
};
const called = () =>
  event("tool.called", { call_id: "t", name: "refund", args: { amount: 420 }, idempotency_key: "r:t" });

test("what is said grows, and ends as what is stored", () => {
  const said = assemble([started(), delta("Hel"), delta("lo")]);
  assert.deepEqual(said.parts, [{ kind: "message", text: "Hello", isComplete: false, isCut: false }]);
  const whole = reduce(said, completed("Hello."));
  assert.deepEqual(whole.parts, [{ kind: "message", text: "Hello.", isComplete: true, isCut: false }]);
});

test("a message that is begun anew loses what was shown of it, and nothing before it", () => {
  const view = assemble([
    started(),
    completed("First."),
    called(),
    delta("Sec"),
    event("message.restarted"),
    delta("Another"),
  ]);
  assert.deepEqual(
    view.parts.map((part) => (part.kind === "message" ? part.text : part.kind)),
    ["First.", "tool", "Another"],
  );
  assert.equal(view.restarts, 1);
});

test("a restart before the first word takes nothing away", () => {
  const view = assemble([started(), completed("First."), event("message.restarted"), completed("Second.")]);
  assert.equal(view.parts.length, 2);
});

test("a tool call runs, then ends well or badly", () => {
  const running = assemble([started(), called()]);
  assert.deepEqual(
    running.parts.map((part) => part.kind === "tool" && part.state),
    ["running"],
  );
  for (const [isError, state] of [
    [false, "done"],
    [true, "failed"],
  ] as const) {
    const ended = reduce(
      running,
      event("tool.completed", { call_id: "t", name: "refund", text: "x", is_error: isError }),
    );
    assert.deepEqual(ended.parts, [
      { kind: "tool", callId: "t", name: "refund", args: { amount: 420 }, state, text: "x" },
    ]);
  }
});

test("an approval waits, is decided, and its call follows", () => {
  const waiting = assemble([
    started(),
    event("approval.requested", ask),
    event("run.waiting", { reason: "approval", call_id: "t" }),
  ]);
  assert.equal(waiting.status, "waiting");
  assert.equal(waiting.waitingFor, "a");
  const decided = event("approval.decided", {
    approval_id: "a",
    call_id: "t",
    decision: "approved",
    decided_by: "alice",
  });
  const view = [event("run.resumed", { attempt: 2 }), decided, called()].reduce(reduce, waiting);
  assert.equal(view.status, "running");
  assert.equal(view.waitingFor, null);
  assert.deepEqual(
    view.parts.map((part) => (part.kind === "approval" ? part.decision : part.kind)),
    ["approved", "tool"],
  );
});

test("an interrupted call that is done again is shown once", () => {
  assert.equal(assemble([started(), called(), event("approval.requested", ask), called()]).parts.length, 2);
});

test("a run that is stopped keeps what was said; one that failed says why", () => {
  const cancelled = assemble([started(), delta("Hal"), completed("Hal", true), event("run.cancelled")]);
  assert.equal(cancelled.status, "cancelled");
  assert.deepEqual(cancelled.parts, [{ kind: "message", text: "Hal", isComplete: true, isCut: true }]);
  const failed = assemble([started(), event("run.failed", { code: "model_failed", detail: "In words." })]);
  assert.deepEqual([failed.status, failed.failure?.code], ["failed", "model_failed"]);
});

test("an unknown event changes nothing but the place to go on from", () => {
  const view = assemble([started(), delta("x")]);
  const after = reduce(view, event("something.new"));
  assert.deepEqual({ ...after, lastEventId: view.lastEventId }, view);
  assert.equal(after.lastEventId, `${count}:0`);
});

test("a view is never changed in place", () => {
  const view = Object.freeze({ ...begin(), parts: Object.freeze([]) });
  assert.equal(reduce(view, delta("x")).parts.length, 1);
  assert.equal(view.parts.length, 0);
});
