import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Client, type Progress, RingfenceError, type UploadTicket } from "../index.ts";
import { type Answer, cut, json, problem, TestServer } from "./server.ts";

const UPLOADS = "/api/v1/files/uploads";
const PIECE = 512 * 1024;
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

const file = (status = "ready", code: string | null = null) => ({
  id: "f1",
  name: "a.txt",
  media_type: "text/plain",
  size_bytes: 3,
  status,
  code,
  user_id: "alice",
  created_at: "2026-11-22T06:00:00Z",
  ready_at: null,
});
const is =
  (status: string, code: string | null = null): Answer =>
  (_, response) =>
    json(response, 200, file(status, code));
const begun: Answer = (_, response) => response.writeHead(201, { location: `${UPLOADS}/f1` }).end();

/** Takes pieces as the server does; the answers to the first ones may be lost. */
function pieces(...first: Answer[]): { held: () => number } {
  let held = 0;
  const take: Answer = ({ headers, bytes }, response) => {
    if (Number(headers["upload-offset"]) !== held) return problem(response, 409, "offset_mismatch");
    held += bytes.length;
    response.writeHead(204, { "upload-offset": String(held) }).end();
  };
  const losing: Answer[] = first.map((then) => (asked, response) => {
    if (then === cut) held += asked.bytes.length;
    then(asked, response);
  });
  server.on(`POST ${UPLOADS}`, begun);
  server.on(`PATCH ${UPLOADS}/f1`, ...losing, take);
  server.on(`HEAD ${UPLOADS}/f1`, (_, response) => response.writeHead(200, { "upload-offset": String(held) }).end());
  server.on("GET /api/v1/files/f1", is("ready"));
  return { held: () => held };
}

test("a small file goes in one form, and is waited for", async () => {
  server.on("POST /api/v1/files", (_, response) => json(response, 201, file("scanning")));
  server.on("GET /api/v1/files/f1", is("scanning"), is("processing"), is("ready"));
  const told: Progress[] = [];
  const found = await client.files.upload(new File(["abc"], "blå.txt", { type: "text/plain" }), {
    onProgress: (progress) => told.push(progress),
  });
  assert.equal(found.status, "ready");
  assert.deepEqual(
    told.map((one) => [one.phase, one.sentBytes]),
    [
      ["sending", 0],
      ["checking", 3],
    ],
  );
  const sent = server.to("/api/v1/files")[0]!;
  assert.match(String(sent.headers["content-type"]), /^multipart\/form-data; boundary=/);
  assert.match(sent.bytes.toString(), /name="file"; filename="blå\.txt"\r\ncontent-type: text\/plain\r\n\r\nabc\r\n/i);
  assert.equal(sent.headers.authorization, "Bearer access-1");
});

test("a large file goes in pieces, each of which is progress", async () => {
  const store = pieces();
  const told: number[] = [];
  const content = new Blob([new Uint8Array(3 * PIECE + 7)], { type: "text/plain" });
  await client.files.upload(content, { name: "ø.txt", onProgress: ({ sentBytes }) => told.push(sentBytes) });
  assert.equal(store.held(), content.size);
  assert.deepEqual(told, [0, PIECE, 3 * PIECE, 3 * PIECE + 7, 3 * PIECE + 7]);
  const { headers } = server.to(UPLOADS)[0]!;
  assert.equal(headers["upload-length"], String(content.size));
  assert.equal(headers["upload-metadata"], `filename ${btoa("Ã¸.txt")},filetype ${btoa("text/plain")}`);
  assert.equal(headers["tus-resumable"], "1.0.0");
});

test("a piece whose answer was lost is not sent again", async () => {
  const store = pieces(cut, (_, response) => problem(response, 503, "objects_away"));
  const content = new Blob([new Uint8Array(2 * PIECE)]);
  await client.files.upload(content, { name: "a.txt" });
  assert.equal(store.held(), content.size);
  const offsets = server.asked
    .filter((asked) => asked.method === "PATCH")
    .map((asked) => asked.headers["upload-offset"]);
  assert.deepEqual(offsets.slice(0, 3), ["0", String(PIECE), String(PIECE)]);
});

test("another try goes on where the last one ended, and begins anew where the upload is gone", async () => {
  const store = pieces((_, response) => problem(response, 401, "invalid_token"));
  const ticket: UploadTicket = {};
  const leaving = new AbortController();
  const content = new Blob([new Uint8Array(2 * PIECE)]);
  const leave = ({ sentBytes }: Progress) => (sentBytes > 0 ? leaving.abort(new Error("left")) : undefined);
  const first = client.files.upload(content, { name: "a.txt", ticket, onProgress: leave, signal: leaving.signal });
  await assert.rejects(first, /left/);
  assert.equal(ticket.fileId, "f1");
  await client.files.upload(content, { name: "a.txt", ticket });
  assert.equal(store.held(), content.size);
  assert.equal(server.to(UPLOADS).length, 1);
  server.on(`HEAD ${UPLOADS}/f1`, (_, response) => response.writeHead(404).end());
  const gone: UploadTicket = { fileId: "f1" };
  await assert.rejects(client.files.upload(content, { ticket: gone }), { status: 404 });
  assert.equal(gone.fileId, undefined);
});

test("a refusal says why, at once or once the file was read", async () => {
  server.on("POST /api/v1/files", (_, response) => problem(response, 422, "file_type_mismatch"));
  const lies = client.files.upload(new File(["MZ"], "a.pdf"));
  await assert.rejects(lies, (failure) => failure instanceof RingfenceError && failure.code === "file_type_mismatch");
  server.on("POST /api/v1/files", (_, response) => json(response, 201, file("processing")));
  server.on("GET /api/v1/files/f1", is("failed", "encrypted_file"));
  const ticket: UploadTicket = {};
  const locked = client.files.upload(new File(["%PDF"], "a.pdf"), { ticket });
  await assert.rejects(locked, { code: "encrypted_file", status: 422 });
  assert.deepEqual([ticket.fileId, server.asked.at(-1)!.method], [undefined, "DELETE"]);
});

test("files are listed, fetched and deleted", async () => {
  server.on("GET /api/v1/files?limit=2", (_, response) => json(response, 200, { items: [file()], next_cursor: null }));
  server.on("GET /api/v1/files/f1/content", (_, response) => response.writeHead(200).end("abc"));
  server.on("DELETE /api/v1/files/f1", (_, response) => response.writeHead(204).end());
  assert.equal((await client.files.list({ limit: 2 })).items[0]!.name, "a.txt");
  assert.equal(await (await client.files.content("f1")).text(), "abc");
  await client.files.delete("f1");
  assert.match(String(server.asked.at(-1)!.headers["idempotency-key"]), /^[0-9a-f]{32}$/);
});

test("a message goes with its files", async () => {
  server.on("POST /api/v1/runs", (_, response) => json(response, 202, { id: "r" }));
  await client.startRun({ agentId: "a", text: "Read it", fileIds: ["f1"] });
  await client.startRun({ agentId: "a", text: "Hello", fileIds: [] });
  const inputs = server.to("/api/v1/runs").map((asked) => asked.body["input"]);
  assert.deepEqual(inputs, [{ text: "Read it", file_ids: ["f1"] }, { text: "Hello" }]);
});
