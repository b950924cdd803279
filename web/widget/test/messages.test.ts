import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { canonical, digest } from "../canonical.ts";
import { ALL, wordsFor } from "../messages.ts";
import { problemOfCode } from "../problems.ts";
import { duration, left, when } from "../time.ts";

test("both languages say everything, with the same values to fill in", () => {
  const names = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, [en, da]] of Object.entries(ALL)) {
    assert.ok(en.trim() !== "" && da.trim() !== "", key);
    assert.deepEqual(names(da), names(en), key);
    assert.ok(!/!|oops|ups\b/i.test(en + da), `${key} shouts`);
    assert.ok(da.length <= en.length * 1.6 + 12, `${key} is too long in Danish`);
  }
});

test("the first wished locale that we speak wins", () => {
  assert.equal(wordsFor([null, "ar", "da-DK", "en"]).language, "da");
  assert.equal(wordsFor(["en_GB"]).locale, "en");
  assert.equal(wordsFor(["da-DK"]).locale, "da-DK");
  assert.equal(wordsFor(["da-<script>"]).locale, "da");
  assert.equal(wordsFor(["xx", ""]).language, "en");
  assert.equal(wordsFor(["da"]).say("expiresIn", { time: "5 minutter" }), "Udløber om 5 minutter");
});

test("a value that looks like a name to fill in is not filled in again", () => {
  assert.equal(
    wordsFor(["en"]).say("greetingNamed", { name: "{name} $& <b>" }),
    "Hello, {name} $& <b>. How can I help?",
  );
});

test("times are said in the reader's language", () => {
  assert.equal(left("en", 14.2 * 60_000), "15 minutes");
  assert.equal(left("da", 14.2 * 60_000), "15 minutter");
  assert.equal(left("en", 30_000), "30 seconds");
  assert.equal(left("en", 1), "1 second");
  assert.equal(left("en", 23.5 * 3_600_000), "24 hours");
  assert.match(duration("da", 1234), /1,2 sek/);
  const now = new Date(2026, 10, 20, 12).getTime();
  assert.equal(when("en", now - 2 * 86_400_000, now), "Wednesday");
  assert.match(when("da", now - 20 * 86_400_000, now), /31\. okt\. 2026/);
});

test("arguments have the digest of their canonical JSON", async () => {
  const args = { b: [1, 1e21, -0, 0.000001, true, null], a: 'é\u2028\n"', "€": {}, "\ud83d\ude00": 1, aa: 1.5e-7 };
  const text = canonical(args);
  assert.equal(text, '{"a":"é\u2028\\n\\"","aa":1.5e-7,"b":[1,1e+21,0,0.000001,true,null],"€":{},"😀":1}');
  assert.ok(text);
  assert.equal(await digest(args), createHash("sha256").update(text).digest("hex"));
  assert.equal(await digest({ a: undefined }), null);
});

test("a message that is refused while another one is answered is refused in plain words", () => {
  assert.equal(problemOfCode("conversation_busy_run").key, "problem_busy");
  assert.equal(problemOfCode("too_many_runs").key, "problem_rate_limited");
  assert.equal(problemOfCode("rate_limited").key, "problem_rate_limited");
  assert.equal(problemOfCode("agent_retired").key, "problem_agent");
  assert.equal(problemOfCode("other_agent").key, "problem_gone");
});
