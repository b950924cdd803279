import assert from "node:assert/strict";
import { test } from "node:test";

import { Growing, read } from "../markdown/growing.ts";
import { targetOf } from "../markdown/targets.ts";
import { LONG, NO_LINK } from "./hostile.ts";
import { drawn, shown } from "./vnodes.ts";

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  p: ["dir", "class"],
  strong: [],
  em: [],
  del: [],
  code: [],
  CodeBlock: ["text", "language"],
  ul: ["dir"],
  ol: ["dir", "start"],
  li: ["dir"],
  blockquote: ["dir"],
  a: ["href", "target", "rel"],
  span: ["class", "dir"],
  div: ["class", "tabIndex"],
  table: [],
  thead: [],
  tbody: [],
  tr: [],
  th: ["dir"],
  td: ["dir"],
  hr: [],
};

function check(text: string): void {
  for (const { tag, props } of drawn(text)) {
    const allowed = ALLOWED[tag];
    assert.ok(allowed, `<${tag}> from ${JSON.stringify(text.slice(0, 200))}`);
    for (const name of Object.keys(props)) assert.ok(allowed.includes(name), `${tag}.${name}`);
    if (tag === "a") {
      const url = new URL(String(props["href"]));
      assert.match(url.href, /^(https?:\/\/[^/]|mailto:)[^\s"<>\\]*$/);
      assert.equal(url.username + url.password, "");
      assert.equal(props["rel"], "noopener noreferrer nofollow");
      assert.equal(props["target"], "_blank");
    }
  }
}

test("a hostile text makes no link and no element of its own", () => {
  for (const text of NO_LINK) {
    check(text);
    assert.ok(!drawn(text).some(({ tag }) => tag === "a"), text);
  }
});

test("whatever is put together from Markdown's own signs, only allowed elements come out", () => {
  const signs = [
    ...Array.from("*_~`[]()<>!#-+|\\:.&\"' \n\t0aA\u202e\u0000\u200b"),
    "](",
    "https://a.example",
    "javascript:",
    "![",
    "\n\n",
    "```",
    "1. ",
    "- ",
    "> ",
    "| - |",
    "&lt;",
    "<script>",
    "[a]: ",
    "data:",
    "mailto:a@b.example",
    "    ",
  ];
  let seed = 1;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  for (let round = 0; round < 4000; round++) {
    const text = Array.from({ length: 2 + (next() % 40) }, () => signs[next() % signs.length]).join("");
    check(text);
    assert.doesNotMatch(shown(text), /[\u0000\u202e\u200b]/);
  }
});

test("a text that grows letter by letter comes to what the whole text is", () => {
  const text =
    "# Title\n\nSome **bold** and _it_ text\n-5 degrees, a\n- one\n  - two\n\n    more\n1. x\n2. y\n\n> quoted\nlazy\n\n" +
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n```py\nprint(1)\n```\n---\nEnd [a](https://a.example).";
  const growing = new Growing();
  for (let end = 1; end <= text.length; end++) growing.read(text.slice(0, end));
  assert.deepEqual(growing.finish(text), read(text));
});

test("blocks that are over keep their identity while the text grows", () => {
  const growing = new Growing();
  const before = growing.read("one\n\ntwo\n\nthree\n");
  const after = growing.read("one\n\ntwo\n\nthree\nand four");
  assert.equal(after[0], before[0]);
  assert.equal(after[1], before[1]);
});

test("a text that begins anew leaves nothing of the one before", () => {
  const growing = new Growing();
  growing.read("one\n\ntwo\n\nthree\n");
  assert.deepEqual(growing.read("other"), read("other"));
});

test("a reference that comes last is resolved, and shows its host", () => {
  const text = "See [the page][p] and ![chart][p].\n\n[p]: https://a.example/x";
  const growing = new Growing();
  growing.read(text.slice(0, 30));
  assert.deepEqual(growing.finish(text), read(text));
  assert.equal(shown(text), "See the page (a.example) and Picture: chart (a.example).");
});

test("links show where they lead, whatever their words say", () => {
  assert.equal(shown("[https://bank.example](https://evil.example/)"), "https://bank.example (evil.example)");
  assert.equal(shown("[x](https://xn--bnk-ula.example/)"), "x (xn--bnk-ula.example)");
  assert.equal(targetOf("https://bänk.example")?.host, "xn--bnk-qla.example");
  assert.equal(shown("[write](mailto:a@b.example)"), "write (a@b.example)");
  assert.equal(shown("https://a.example/x."), "https://a.example/x.");
  assert.equal(shown("[a [b](https://b.example) c](https://c.example)"), "[a b (b.example) c](https://c.example)");
});

test("the common parts of Markdown are what they look like", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["**a** *b* __c__ _d_ ~~e~~ `f`", "p strong em strong em del code"],
    ["***a***", "p strong em"],
    ["# a", "p strong"],
    ["- a\n- b\n  1. c", "ul li span li span ol li span"],
    ["> a\n>\n> b", "blockquote p p"],
    ["a\n\n---\n\nb", "p hr p"],
    ["| a | b |\n|:--|--:|\n| c | d\\|e |", "div table thead tr th th tbody tr td td"],
    ["```py\nx\n```", "CodeBlock"],
    ["~~~\nopen", "CodeBlock"],
    ["snake_case_name 2 * 3 * 4", "p"],
    ["\\*a\\* \\[b](https://a.example)", "p a"],
    ["**open", "p"],
    ["<https://a.example>", "p a"],
  ];
  for (const [text, tags] of cases)
    assert.equal(
      drawn(text)
        .map(({ tag }) => tag)
        .join(" "),
      tags,
      text,
    );
});

test("a list keeps its first number, and its boxes are signs", () => {
  assert.equal(drawn("3. a\n4. b")[0]?.props["start"], 3);
  assert.equal(shown("- [ ] a\n- [x] b"), "☐ a☑ b");
});

test("a text of a megabyte takes no more than moments, at once and while it grows", () => {
  for (const [name, text] of LONG) {
    const began = performance.now();
    const length = shown(text).length;
    const took = performance.now() - began;
    assert.ok(took < 3000, `${name} took ${took.toFixed(0)} ms`);
    assert.ok(length <= text.length * 2 + 1000, name);
  }
});
