import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { fetchToken } from "../token.ts";

const asked: string[] = [];
const ANSWERS: Record<string, [status: number, type: string, body: string]> = {
  "/json": [200, "application/json", '{"token":"a.b.c"}'],
  "/jwt": [200, "text/plain", "a.b.c\n"],
  "/html": [200, "text/html", "<!doctype html><h1>Log in</h1>"],
  "/500": [500, "application/json", '{"token":"a.b.c"}'],
  "/empty": [200, "application/json", "{}"],
  "/null": [200, "application/json", "null"],
};
const server = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  const [status, type, body] = ANSWERS[request.url ?? ""] ?? [404, "text/plain", ""];
  response.writeHead(status, { "content-type": type }).end(body);
});
before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => server.close());
const at = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

test("a token comes as JSON or as it is", async () => {
  assert.deepEqual(await fetchToken(undefined, at("/json")), { token: "a.b.c" });
  assert.deepEqual(await fetchToken(undefined, at("/jwt")), { token: "a.b.c" });
  assert.deepEqual(asked, ["POST /json", "POST /jwt"]);
});

test("what went wrong has a code", async () => {
  assert.deepEqual(await fetchToken(undefined, at("/500")), { error: { code: "token_url_failed", status: 500 } });
  assert.deepEqual(await fetchToken(undefined, at("/html")), { error: { code: "token_url_not_json" } });
  for (const path of ["/empty", "/null"]) {
    assert.deepEqual(await fetchToken(undefined, at(path)), { error: { code: "token_missing" } });
  }
  assert.deepEqual(await fetchToken(undefined, "http://127.0.0.1:1/"), { error: { code: "token_url_failed" } });
  assert.deepEqual(await fetchToken(undefined, null), { error: { code: "token_missing" } });
});

test("the page's function wins, and may fail", async () => {
  assert.deepEqual(await fetchToken(async () => "mine", at("/json")), { token: "mine" });
  assert.deepEqual(await fetchToken(() => "", null), { error: { code: "token_missing" } });
  const fails = (): never => {
    throw new Error("no");
  };
  assert.deepEqual(await fetchToken(fails, null), { error: { code: "token_url_failed" } });
});
