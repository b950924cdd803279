import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { assemble, type ConnectionState } from "../index.ts";
import { all, cut, events, json, problem, TestServer } from "./server.ts";

const RUNS = "/api/v1/runs";
const EVENTS = "/api/v1/runs/r/events";
const STARTED: [string, string, unknown] = ["1:0", "run.started", { run_id: "r", conversation_id: "c" }];
const HEL: [string, string, unknown] = ["2:3", "message.delta", { text: "Hel" }];
const LO: [string, string, unknown] = ["2:5", "message.delta", { text: "lo" }];
const WHOLE: [string, string, unknown] = ["3:0", "message.completed", { text: "Hello" }];
const DONE: [string, string, unknown] = [
  "4:0",
  "run.completed",
  { input_tokens: 1, output_tokens: 1, cost_micros: null },
];
const ORDER = { agentId: "helper", text: "Hi" };

let server: TestServer;
const servers: TestServer[] = [];
beforeEach(async () => {
  server = await TestServer.started();
  servers.push(server);
});
after(() => Promise.all(servers.map((one) => one.stop())));

const keys = (): unknown[] => server.to(RUNS).map((asked) => asked.headers["idempotency-key"]);
const behind = (): unknown[] => server.to(EVENTS).map((asked) => asked.headers["last-event-id"]);

test("a run streams from its start to its end", async () => {
  server.on(`POST ${RUNS}`, events([STARTED, HEL, LO, WHOLE, DONE], "open"));
  const found = await all(server.client().run({ ...ORDER, conversationId: "c" }));
  assert.deepEqual(
    found.map((event) => event.id),
    ["1:0", "2:3", "2:5", "3:0", "4:0"],
  );
  const [asked] = server.to(RUNS);
  assert.deepEqual(asked!.body, { agent_id: "helper", conversation_id: "c", input: { text: "Hi" } });
  assert.equal(asked!.headers.accept, "text/event-stream");
});

test("a cut stream goes on behind the last event that was shown", async () => {
  server.on(`POST ${RUNS}`, events([STARTED, HEL], "cut"));
  server.on(`GET ${EVENTS}`, cut, events([LO], "end"), events([WHOLE, DONE], "open"));
  const view = assemble(await all(server.client().run(ORDER)));
  assert.deepEqual(view.parts, [{ kind: "message", text: "Hello", isComplete: true, isCut: false }]);
  assert.deepEqual(behind(), ["2:3", "2:3", "2:5"]);
  assert.equal(server.to(RUNS).length, 1);
});

test("a start without an answer is sent again with its one key, so that one run is started", async () => {
  const underWay = (_: unknown, response: Parameters<typeof problem>[0]) =>
    problem(response, 409, "idempotency_in_progress");
  server.on(`POST ${RUNS}`, cut, underWay, events([], "end"), events([STARTED, WHOLE, DONE]));
  await all(server.client().run(ORDER));
  assert.equal(keys().length, 4);
  assert.equal(new Set(keys()).size, 1);
});

test("two things that the user says are two runs", async () => {
  server.on(`POST ${RUNS}`, events([STARTED, WHOLE, DONE]));
  const client = server.client();
  await Promise.all([all(client.run(ORDER)), all(client.run(ORDER))]);
  assert.equal(new Set(keys()).size, 2);
});

test("a run that is started without being followed is started once, too", async () => {
  server.on(`POST ${RUNS}`, cut, (_, response) =>
    json(response, 202, { id: "r", status: "running", conversation_id: "c" }),
  );
  assert.equal((await server.client().startRun({ ...ORDER, idempotencyKey: "mine" })).id, "r");
  assert.deepEqual(keys(), ["mine", "mine"]);
});

test("a stream whose session ended goes on in the new one", async () => {
  server.on(`POST ${RUNS}`, events([STARTED, HEL, ["2:3", "session.ended", {}]]));
  server.on(`GET ${EVENTS}`, (asked, response) => {
    if (asked.headers.authorization !== "Bearer access-2") problem(response, 401, "session_expired");
    else events([LO, WHOLE, DONE])(asked, response);
  });
  const found = await all(server.client().run(ORDER));
  assert.deepEqual(
    found.map((event) => event.id),
    ["1:0", "2:3", "2:5", "3:0", "4:0"],
  );
  assert.deepEqual(behind(), ["2:3", "2:3"]);
  assert.equal(server.to("/api/v1/embed/refresh").length, 1);
});

test("a run never goes on in another user's name", async () => {
  server.on(`POST ${RUNS}`, events([STARTED, HEL, ["2:3", "session.ended", {}]]));
  server.on(`GET ${EVENTS}`, (_, response) => problem(response, 401, "session_revoked"));
  server.on("POST /api/v1/embed/refresh", (_, response) => problem(response, 401, "session_revoked"));
  const client = server.client();
  const run = client.run(ORDER);
  await run.next();
  server.on("POST /api/v1/embed/auth", (_, response) => server.grant(response, "mallory"));
  await assert.rejects(all(run), { code: "identity_changed" });
  assert.deepEqual(
    server.to(EVENTS).map((asked) => asked.headers.authorization),
    ["Bearer access-1"],
  );
});

test("a stream ends where a person is asked, and goes on after", async () => {
  const waiting: [string, string, unknown] = [
    "2:0",
    "run.waiting",
    { reason: "approval", call_id: "t", approval_id: "a" },
  ];
  server.on(`POST ${RUNS}`, events([STARTED, waiting], "open"));
  server.on(`GET ${EVENTS}`, events([["3:0", "run.resumed", { attempt: 2 }], WHOLE, DONE]));
  const client = server.client();
  const before = assemble(await all(client.run(ORDER)));
  assert.deepEqual([before.status, before.waitingFor], ["waiting", "a"]);
  await all(client.continue("r", before.lastEventId ?? ""));
  assert.deepEqual(behind(), ["2:0"]);
});

test("a run that was over before its stream began ends quietly", async () => {
  server.on(`GET ${EVENTS}`, events([]));
  server.on(`GET ${RUNS}/r`, (_, response) => json(response, 200, { status: "completed" }));
  assert.deepEqual(await all(server.client().stream("r", { lastEventId: "4:0" })), []);
});

test("events that a run's end brought between two looks are not missed", async () => {
  server.on(`GET ${EVENTS}`, events([]), events([WHOLE, DONE]));
  server.on(`GET ${RUNS}/r`, (_, response) => json(response, 200, { status: "completed" }));
  const found = await all(server.client().stream("r", { lastEventId: "2:5" }));
  assert.deepEqual(
    found.map((event) => event.id),
    ["3:0", "4:0"],
  );
});

test("a run that does not exist is an error at once", async () => {
  await assert.rejects(all(server.client().stream("r")), { status: 404, code: "not_found" });
  assert.equal(server.to(EVENTS).length, 1);
});

test('a start that is refused is an error at once; one answered "not now" is tried a few times', async () => {
  server.on(`POST ${RUNS}`, (_, response) => problem(response, 422, "invalid_input"));
  await assert.rejects(all(server.client().run(ORDER)), { code: "invalid_input" });
  server.on(`POST ${RUNS}`, (_, response) => problem(response, 503, "unavailable"), events([STARTED, WHOLE, DONE]));
  assert.equal((await all(server.client().run(ORDER))).length, 3);
});

test("what is no stream is refused", async () => {
  server.on(`GET ${EVENTS}`, (_, response) => json(response, 200, {}));
  await assert.rejects(all(server.client().stream("r")), { code: "bad_answer" });
  server.on(`GET ${EVENTS}`, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).end("id: 1:0\nevent: x\ndata: {\n\n");
  });
  await assert.rejects(all(server.client().stream("r")), { code: "bad_answer" });
});

test("how a run is connected is told", async () => {
  server.on(`POST ${RUNS}`, events([STARTED, HEL], "cut"));
  server.on(`GET ${EVENTS}`, events([LO, WHOLE, DONE]));
  const states: ConnectionState[] = [];
  const client = server.client();
  client.on("state", ({ state }) => states.push(state));
  await all(client.run(ORDER));
  assert.deepEqual(states, ["connecting", "streaming", "reconnecting", "streaming"]);
});

test("a reader that leaves closes its connection", async () => {
  let isClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => (isClosed = resolve));
  server.on(`POST ${RUNS}`, (asked, response) => {
    response.on("close", isClosed);
    events([STARTED, HEL], "open")(asked, response);
  });
  for await (const event of server.client().run(ORDER)) if (event.event === "message.delta") break;
  await closed;
});

test("a decision is bound to the arguments that were shown", async () => {
  server.on("POST /api/v1/approvals/a", (_, response) => json(response, 200, { id: "a", status: "approved" }));
  await server.client().decide("a", "approve", "00ff");
  const [asked] = server.to("/api/v1/approvals/a");
  assert.deepEqual(asked!.body, { decision: "approve", args_sha256: "00ff" });
  assert.ok(asked!.headers["idempotency-key"]);
});

test("an id is one segment of a path, whatever it holds", async () => {
  await assert.rejects(server.client().getRun("../me"), { status: 404 });
  assert.equal(server.asked.at(-1)!.path, "/api/v1/runs/..%2Fme");
});
