import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Client } from "../index.ts";
import { cut, json, TestServer } from "./server.ts";

const LOG = "/api/v1/audit-log";
let server: TestServer;
let client: Client;
before(async () => void (server = await TestServer.started()));
after(() => server.stop());
beforeEach(() => {
  server.asked.length = 0;
  server.answers.clear();
  server.on("POST /api/v1/embed/auth", (_, response) => server.grant(response));
  client = server.client();
});

test("a log is listed by what is asked of it", async () => {
  const page = { items: [], next_cursor: null };
  server.on(`GET ${LOG}?action=run.*&limit=5`, (_, response) => json(response, 200, page));
  assert.deepEqual(await client.auditLog.list({ action: "run.*", limit: 5 }), page);
});

test("an export comes as a stream to its end", async () => {
  server.on(`GET ${LOG}/export?format=verifiable`, (_, response) => {
    response.writeHead(200, { "content-type": "application/jsonl" });
    response.write('{"index":0}\n');
    response.end('{"end":true,"size":1}\n');
  });
  const text = await new Response(await client.auditLog.export({ format: "verifiable" })).text();
  assert.equal(text, '{"index":0}\n{"end":true,"size":1}\n');
});

test("an export that is cut fails where it is read", async () => {
  server.on(`GET ${LOG}/export`, (asked, response) => {
    response.writeHead(200, { "content-type": "application/jsonl" });
    response.write('{"index":0}\n', () => cut(asked, response));
  });
  const stream = await client.auditLog.export();
  await assert.rejects(new Response(stream).text());
});

test("notes and receipts come as they are signed", async () => {
  const note = "ringfence.example/audit/org/1\n1\nroot\n\n\u2014 key\n";
  server.on(`GET ${LOG}/checkpoint`, (_, response) => response.end(note));
  server.on(`GET ${LOG}/entries/e%2F1/proof`, (_, response) => response.end("c2sp.org/tlog-proof@v1\n"));
  server.on(`GET ${LOG}/consistency?from=1&to=2`, (_, response) =>
    json(response, 200, { from: 1, to: 2, hashes: ["aGFzaA=="] }),
  );
  assert.equal(await client.auditLog.checkpoint(), note);
  assert.equal(await client.auditLog.receipt("e/1"), "c2sp.org/tlog-proof@v1\n");
  assert.deepEqual((await client.auditLog.consistency(1, 2)).hashes, ["aGFzaA=="]);
});
