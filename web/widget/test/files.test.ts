import assert from "node:assert/strict";
import { test } from "node:test";

import { RingfenceError } from "../../client/errors.ts";
import type { UploadOptions } from "../../client/files.ts";
import type { FileInfo } from "../../client/types.ts";
import { faultOf } from "../later/faults.ts";
import { ACCEPTED, endingOf, isTaken, kindOf, sizeOf } from "../later/kinds.ts";
import { Tray } from "../later/tray.ts";
import { ALL_LATER, placeOf, tell } from "../later/words.ts";
import { wordsFor } from "../messages.ts";
import { newTurn, numbered, reduce, turnsOf } from "../thread.ts";

const ENGLISH = wordsFor(["en"]);
const DANISH = wordsFor(["da"]);

interface Upload {
  file: File;
  options: UploadOptions;
  end(info: Partial<FileInfo>): Promise<void>;
  fail(code: string, status?: number): Promise<void>;
}

/** A tray whose uploads a test ends as it likes. */
function laid() {
  const uploads: Upload[] = [];
  const deleted: string[] = [];
  const settled = () => new Promise<void>((resolve) => setTimeout(resolve));
  const files = {
    upload: (file: File, options: UploadOptions = {}) =>
      new Promise<FileInfo>((resolve, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
        const info = { id: `id-${file.name}`, name: file.name, media_type: "text/plain", size_bytes: file.size };
        uploads.push({
          file,
          options,
          end: (more) => (resolve({ ...info, ...more } as FileInfo), settled()),
          fail: (code, status = 422) => (reject(new RingfenceError({ status, code })), settled()),
        });
      }),
    delete: async (id: string) => void deleted.push(id),
  };
  const tray = new Tray(files, () => undefined);
  const states = () => tray.items.map((item) => item.state);
  return { tray, uploads, deleted, states };
}

const chosen = (...names: string[]) => names.map((name) => new File(["abc"], name));

test("a message waits until its files are ready, and takes them along once", async () => {
  const { tray, uploads } = laid();
  tray.add(chosen("a.txt", "b.pdf"));
  assert.equal(tray.isBusy, true);
  assert.equal(tray.hint(ENGLISH), "You can send as soon as the files are ready.");
  await uploads[1]!.end({});
  await uploads[0]!.end({});
  assert.equal(tray.isBusy, false);
  assert.equal(tray.hint(ENGLISH), "");
  assert.deepEqual(
    tray.take().map((file) => [file.id, file.size_bytes]),
    [
      ["id-a.txt", 3],
      ["id-b.pdf", 3],
    ],
  );
  assert.deepEqual(tray.take(), []);
});

test("a file that cannot be sent says why, and keeps the message until it is removed", async () => {
  const { tray, uploads, deleted } = laid();
  tray.add(chosen("a.pdf", "run.exe"));
  assert.deepEqual(
    tray.items.map(({ state, fault }) => [state, fault]),
    [
      ["sending", null],
      ["failed", "not_allowed"],
    ],
  );
  assert.equal(uploads.length, 1);
  await uploads[0]!.fail("file_type_mismatch");
  assert.deepEqual([tray.items[0]!.fault, tray.items[0]!.mayRetry], ["mismatch", false]);
  assert.equal(tray.hint(DANISH), "Fjern først filen, der ikke kan sendes.");
  for (const { key } of tray.items) tray.remove(key);
  assert.deepEqual([tray.isBusy, deleted], [false, []]);
});

test("a lost connection is tried again with what was sent so far", async () => {
  const { tray, uploads } = laid();
  tray.add(chosen("a.txt"));
  uploads[0]!.options.ticket!.fileId = "half";
  await uploads[0]!.fail("network", 0);
  assert.deepEqual([tray.items[0]!.fault, tray.items[0]!.mayRetry], ["lost", true]);
  tray.retry(tray.items[0]!.key);
  assert.equal(uploads[1]!.options.ticket, uploads[0]!.options.ticket);
  await uploads[1]!.end({});
  assert.equal(tray.isBusy, false);
});

test("who takes a file away ends its upload and has it deleted", async () => {
  const { tray, uploads, deleted } = laid();
  tray.add(chosen("a.txt"));
  uploads[0]!.options.ticket!.fileId = "half";
  tray.remove(tray.items[0]!.key);
  assert.equal(uploads[0]!.options.signal!.aborted, true);
  assert.deepEqual([tray.items.length, deleted], [0, ["half"]]);
});

test("three go at once, ten with a message, and the others are told of", async () => {
  const { tray, uploads, states } = laid();
  tray.add(chosen(...Array.from({ length: 12 }, (_, at) => `${at}.txt`)));
  assert.deepEqual(states().slice(0, 4), ["sending", "sending", "sending", "waiting"]);
  assert.equal(tray.hint(ENGLISH), "At most 10 files go with one message.");
  await uploads[0]!.end({});
  assert.deepEqual(states().slice(0, 5), ["ready", "sending", "sending", "sending", "waiting"]);
});

test("somebody else's files are nobody's", async () => {
  const { tray, uploads, deleted } = laid();
  tray.add(chosen("a.txt"));
  tray.clear();
  await uploads[0]!.end({});
  assert.deepEqual([tray.items, deleted, uploads[0]!.options.signal!.aborted], [[], [], true]);
});

test("both languages say everything about files, with the same values to fill in", () => {
  const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, [en, da]] of Object.entries(ALL_LATER)) {
    assert.ok(en.trim() !== "" && da.trim() !== "", key);
    assert.deepEqual(names(da), names(en), key);
    assert.ok(!/!|oops|ups\b/i.test(en + da), `${key} shouts`);
    assert.ok(da.length <= en.length * 1.6 + 12, `${key} is too long in Danish`);
  }
});

test("each refusal of the server is a sentence of its own", () => {
  const codes = {
    file_too_large: "too_large",
    file_type_not_allowed: "not_allowed",
    file_type_mismatch: "mismatch",
    file_empty: "empty",
    invalid_name: "name",
    malware: "malware",
    encrypted_file: "encrypted",
    archive_bomb: "unreadable",
    unreadable_file: "unreadable",
    file_quota: "quota",
    forbidden: "may_not",
  };
  for (const [code, key] of Object.entries(codes)) {
    assert.deepEqual(faultOf(new RingfenceError({ status: 422, code })), { fault: key, mayRetry: false }, code);
  }
  assert.deepEqual(faultOf(new RingfenceError({ status: 503, code: "scanner_away" })), {
    fault: "failed",
    mayRetry: true,
  });
  assert.equal(tell(DANISH, faultOf(new TypeError("x")).fault), "Den kunne ikke sendes.");
});

test("names and sizes are read as people read them", () => {
  assert.deepEqual(["a.PDF", "a.tar.gz", ".env", "plan", "a. b"].map(endingOf), ["pdf", "gz", "", "", ""]);
  assert.ok(
    isTaken("md", "") && isTaken("", "image/png") && !isTaken("svg", "image/svg+xml") && !isTaken("", "video/mp4"),
  );
  assert.ok(ACCEPTED.includes(".docx,") && !ACCEPTED.includes("svg"));
  assert.equal(kindOf("Årsrapport.pdf"), "PDF");
  assert.deepEqual(
    [sizeOf("en", 999), sizeOf("en", 1_234_567), sizeOf("da", 1_234_567)],
    ["999 bytes", "1.2 MB", "1,2 MB"],
  );
});

test("a place in a file is said in the reader's language, and an unknown one as it came", () => {
  assert.equal(placeOf(ENGLISH, "page 3"), "page 3");
  assert.equal(placeOf(DANISH, "page 3"), "side 3");
  assert.equal(placeOf(DANISH, "sheet Prices rows 1-50"), "ark Prices række 1-50");
  assert.equal(placeOf(DANISH, "lines 1-40"), "linje 1-40");
  assert.equal(placeOf(DANISH, "chapter 2"), "chapter 2");
});

const cite = (marker: string, locator = "page 1") => ({ marker, file_id: "f", name: "a.pdf", locator });

test("marks of passages are the numbers of their sources, and only of those", () => {
  const citations = [cite("1a2b3c4d:7"), cite("1a2b3c4d:12")];
  const text = "Thirty days [1a2b3c4d:7], or sixty [1a2b3c4d:12] [1a2b3c4d:7]. Never [deadbeef:1].";
  assert.equal(
    numbered({ text, isDone: true, isCut: false, citations }),
    "Thirty days\u202f¹, or sixty\u202f²\u202f¹. Never [deadbeef:1].",
  );
});

test("what is being said grows at its end alone, mark by mark", () => {
  const text = "Thirty days [1a2b3c4d:7], not [x](y) or [1a2b3c4d:12] more.";
  let before = "";
  for (let length = 0; length <= text.length; length += 1) {
    const now = numbered({ text: text.slice(0, length), isDone: false, isCut: false, citations: [] });
    assert.ok(now.startsWith(before) && !now.includes("1a2b"), now);
    before = now;
  }
  assert.equal(before, "Thirty days\u202f¹, not [x](y) or\u202f² more.");
});

test("a turn keeps its files and its sources, live and from the past", () => {
  const files = [{ id: "f", name: "a.pdf", media_type: "application/pdf", size_bytes: 3 }];
  const citations = [cite("1a2b3c4d:7")];
  const said = { id: "1:0", event: "message.completed", data: { text: "So.", citations } } as const;
  const live = reduce(newTurn("k", "Read it", files), said, null);
  assert.deepEqual(
    [live.files, live.parts[0]],
    [files, { kind: "text", key: "text-0", isCut: false, isDone: true, ...said.data }],
  );
  const message = { run_id: "r", created_at: "2026-11-22T06:00:00Z" };
  const [past] = turnsOf(
    [
      { ...message, id: "1", author: "user", text: "Read it", files, citations: [] },
      { ...message, id: "2", author: "assistant", text: "So.", files: [], citations },
    ] as never,
    new Map(),
  );
  assert.deepEqual([past!.files, (past!.parts[0] as { citations: unknown }).citations], [files, citations]);
});
