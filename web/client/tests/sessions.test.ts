import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import type { Session } from "../index.ts";
import { backoff } from "../wait.ts";
import { cut, json, problem, TestServer } from "./server.ts";

const AUTH = "/api/v1/embed/auth";
const REFRESH = "/api/v1/embed/refresh";
let server: TestServer;
const servers: TestServer[] = [];

beforeEach(async () => {
  server = await TestServer.started();
  servers.push(server);
  server.on("GET /api/v1/me", (asked, response) => json(response, 200, { bearer: asked.headers.authorization }));
});
after(() => Promise.all(servers.map((one) => one.stop())));

/** The server takes this access token and no other. */
function takesOnly(access: string): void {
  server.on("GET /api/v1/me", (asked, response) => {
    if (asked.headers.authorization === `Bearer ${access}`) json(response, 200, {});
    else problem(response, 401, "session_expired");
  });
}

test("fifty calls at once make one session", async () => {
  const client = server.client();
  await Promise.all(Array.from({ length: 50 }, () => client.me()));
  assert.equal(server.to(AUTH).length, 1);
});

test("fifty calls whose session is refused renew it once", async () => {
  const client = server.client();
  await client.me();
  takesOnly("access-2");
  await Promise.all(Array.from({ length: 50 }, () => client.me()));
  assert.equal(server.to(REFRESH).length, 1);
  assert.deepEqual(server.to(REFRESH)[0]!.body, { refresh_token: "refresh-1" });
});

test("a session is renewed before it ends", async () => {
  server.expiresIn = 0;
  const client = server.client();
  await client.me();
  server.expiresIn = 3600;
  assert.deepEqual(await client.me(), { bearer: "Bearer access-2" });
  assert.deepEqual(await client.me(), { bearer: "Bearer access-2" });
  assert.equal(server.to(REFRESH).length, 1);
});

test("a session that cannot be renewed is made anew with a new token", async () => {
  let tokens = 0;
  const client = server.client({ getToken: async () => `jwt-${(tokens += 1)}` });
  await client.me();
  takesOnly("access-2");
  server.on(`POST ${REFRESH}`, (_, response) => problem(response, 401, "invalid_refresh_token"));
  await client.me();
  assert.deepEqual(
    server.to(AUTH).map((asked) => asked.body["token"]),
    ["jwt-1", "jwt-2"],
  );
});

test("a token whose answer was lost is never sent again", async () => {
  let tokens = 0;
  server.on(`POST ${AUTH}`, cut, (_, response) => server.grant(response));
  await server.client({ getToken: () => `jwt-${(tokens += 1)}` }).me();
  assert.deepEqual(
    server.to(AUTH).map((asked) => asked.body["token"]),
    ["jwt-1", "jwt-2"],
  );
});

test("a refused token is an error with the server's words, and is tried once", async () => {
  server.on(`POST ${AUTH}`, (_, response) => problem(response, 401, "token_expired"));
  const refused = { status: 401, code: "token_expired", detail: "In words.", requestId: "r-1" };
  await assert.rejects(server.client().me(), refused);
  assert.equal(server.to(AUTH).length, 1);
});

test("a page that gives no token says so", async () => {
  await assert.rejects(server.client({ getToken: () => "" }).me(), { code: "token_missing" });
  const broken = server.client({ getToken: () => Promise.reject(new Error("no")) });
  await assert.rejects(broken.me(), { code: "token_failed", status: 0 });
});

test("an answer that is no session is refused", async () => {
  server.on(`POST ${AUTH}`, (_, response) => json(response, 200, { session_token: 7 }));
  await assert.rejects(server.client().me(), { code: "bad_answer" });
});

test("another user in the new session is told before anything is done in it", async () => {
  const client = server.client();
  const told: [Session, Session][] = [];
  client.on("identity", ({ previous, session }) => told.push([previous, session]));
  await client.me();
  takesOnly("access-2");
  server.on(`POST ${REFRESH}`, (_, response) => problem(response, 401, "session_revoked"));
  server.on(`POST ${AUTH}`, (_, response) => server.grant(response, "mallory"));
  await assert.rejects(client.me(), { code: "identity_changed" });
  assert.deepEqual(
    told.map(([previous, session]) => [previous.user.id, session.user.id]),
    [["alice", "mallory"]],
  );
  assert.equal(server.to("/api/v1/me").length, 2, "the call of the one is not repeated as the other");
  await client.me();
});

test("too many requests are answered by waiting as long as asked", async () => {
  server.on(
    "GET /api/v1/me",
    (_, response) => problem(response, 429, "rate_limited", { "retry-after": "1" }),
    (_, response) => json(response, 200, {}),
  );
  await server.client().me();
  assert.equal(server.to("/api/v1/me").length, 2);
  assert.ok(backoff(1, 7) >= 7_000);
  assert.ok(backoff(1, 86_400) <= 31_000, "but not for a day");
});

test("a refusal is an error with its parts, and is not tried again", async () => {
  server.on("GET /api/v1/me", (_, response) => problem(response, 403, "forbidden"));
  await assert.rejects(server.client().me(), { name: "RingfenceError", status: 403, code: "forbidden" });
  server.on("GET /api/v1/me", (_, response) => response.writeHead(500).end("<html>"));
  await assert.rejects(server.client().me(), { status: 500, code: "http_500" });
  assert.equal(server.to("/api/v1/me").length, 2);
});

test("a caller that leaves stops the wait", async () => {
  server.on("GET /api/v1/runs/r/events", (_, response) =>
    problem(response, 503, "unavailable", { "retry-after": "30" }),
  );
  const leaving = new AbortController();
  const next = server.client().stream("r", { signal: leaving.signal }).next();
  setTimeout(() => leaving.abort(), 50);
  await assert.rejects(next, { name: "AbortError" });
});

test("logging out ends the session on the server", async () => {
  server.on("POST /api/v1/embed/logout", (_, response) => response.writeHead(204).end());
  const client = server.client();
  await client.me();
  await client.logOut();
  assert.deepEqual(server.to("/api/v1/embed/logout")[0]!.body, { refresh_token: "refresh-1" });
  await client.me();
  assert.equal(server.to(AUTH).length, 2);
});
