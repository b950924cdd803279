import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, FrameParser } from "../frames.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function parsed(input: Uint8Array, step: number, most?: number): Frame[] {
  const parser = new FrameParser(most);
  const found: Frame[] = [];
  for (let at = 0; at < input.length; at += step) found.push(...parser.push(input.subarray(at, at + step)));
  return found;
}

const STREAM =
  'id: 1:0\nevent: a\ndata: {"text":"Smørrebrød 🥪 كتاب"}\n\n: still here\n\nid: 2:5\r\nevent: b\r\ndata: 1\r\ndata: 2\r\n\r\n';
const FRAMES = [
  { id: "1:0", event: "a", data: '{"text":"Smørrebrød 🥪 كتاب"}' },
  { id: "2:5", event: "b", data: "1\n2" },
];

test("events are the same wherever their bytes are cut", () => {
  const input = bytes(STREAM);
  for (let step = 1; step <= input.length; step += 1)
    assert.deepEqual(parsed(input, step), FRAMES, `in steps of ${step}`);
});

test("lines end with any of the three ends, and one cut in two is one", () => {
  for (const end of ["\n", "\r", "\r\n"]) {
    const input = bytes(["data: x", "data: y", "", "data: z", "", ""].join(end));
    for (const step of [1, 2, 3, 100])
      assert.deepEqual(
        parsed(input, step).map((frame) => frame.data),
        ["x\ny", "z"],
      );
  }
});

test("an event without data is none, and an unfinished one is not given", () => {
  assert.deepEqual(parsed(bytes("event: a\n\n: b\n\ndata: c\n"), 4), []);
});

test("fields without a colon, without a space and with an unknown name are read as the standard says", () => {
  assert.deepEqual(parsed(bytes("\uFEFFdata\ndata:  x\nfoo: y\nid: a\0b\nid:7\n\n"), 100), [
    { id: "7", event: "message", data: "\n x" },
  ]);
});

test("a line of a megabyte arrives whole, in small pieces too", () => {
  const text = "x".repeat(1_000_000);
  for (const step of [1_400, 65_536]) assert.equal(parsed(bytes(`data: ${text}\n\n`), step)[0]!.data, text);
});

test("what never ends is refused before it fills the memory", () => {
  assert.throws(() => parsed(bytes(`data: ${"x".repeat(2_000)}`), 100, 1_000), { code: "event_too_large" });
  assert.throws(() => parsed(bytes("data: x\n".repeat(1_000)), 100, 1_000), { code: "event_too_large" });
  assert.deepEqual(parsed(bytes(": comment\n".repeat(1_000)), 100, 1_000), []);
});
