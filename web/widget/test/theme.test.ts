import assert from "node:assert/strict";
import { test } from "node:test";

import { type Rgb, apply, contrast, parseColor, parseFont, parseRadius } from "../theme.ts";

const none = () => null;

/** What a browser makes of the one form that the theme itself writes. */
function rgb(text: string): Rgb | null {
  const parts = /^rgb\((\d+) (\d+) (\d+)\)$/.exec(text)?.slice(1).map(Number);
  return parts ? [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0] : null;
}

function color(text: string | undefined) {
  const found = parseColor(text, rgb);
  assert.ok(found, text);
  return found;
}

test("colours are colours and nothing else", () => {
  assert.deepEqual(parseColor(" #fff ", none), [255, 255, 255]);
  assert.deepEqual(parseColor("#0B6E4F", none), [11, 110, 79]);
  const asked: string[] = [];
  const resolve = (text: string) => (asked.push(text), null);
  for (const text of [
    "url(https://evil.example)",
    "red;}*{display:none",
    "var(--a)",
    "expression(1)",
    "#ggg",
    "",
    1,
    null,
  ])
    assert.equal(parseColor(text, resolve), null);
  parseColor("oklch(70% 0.1 160)", resolve);
  parseColor("rebeccapurple", resolve);
  assert.deepEqual(asked, ["oklch(70% 0.1 160)", "rebeccapurple"]);
});

test("a radius stays within bounds, a font is a list of names", () => {
  assert.deepEqual(["0", "8px", "300px", "-1px", "1e3px", "calc(1px)"].map(parseRadius), [0, 8, 24, null, null, null]);
  assert.equal(parseFont('"Inter", system-ui'), '"Inter", system-ui');
  assert.equal(parseFont("a;} body{display:none"), null);
  assert.equal(parseFont("url(x)"), null);
});

test("a theme whose words could not be read is left out whole", () => {
  for (const theme of [
    { paper: "#ffffff", ink: "#fefefe" },
    { paper: "#777777", ink: "#888888" },
    { ink: "#ffffff" },
    { paper: "#000000", ink: "#111111" },
  ])
    assert.deepEqual(apply(theme, false).properties["--ink"], undefined);
});

test("an accent that cannot be seen on the paper is left out", () => {
  assert.equal(apply({ accent: "#fdfdfd" }, false).properties["--fence"], undefined);
  assert.equal(apply({ accent: "#0b0f14" }, true).properties["--fence"], undefined);
  assert.equal(apply({ accent: "#4338ca" }, false).properties["--fence"], "rgb(67 56 202)");
});

test("a dark paper makes a dark page", () => {
  assert.equal(apply({ paper: "#101014", ink: "#eeeeee" }, false).isDark, true);
  assert.equal(apply({ paper: "#fafafa" }, true).isDark, false, "the paper says more than the system");
  assert.equal(apply({ paper: "#fafafa", ink: "#111111" }, true).isDark, false);
});

test("whatever theme comes in, every text can be read on its ground", () => {
  let seed = 7;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  const any = () => `#${(next() % 0x1000000).toString(16).padStart(6, "0")}`;
  for (let round = 0; round < 5000; round++) {
    const { properties } = apply({ paper: any(), ink: any(), accent: any() }, round % 2 === 0);
    if (properties["--paper"]) {
      const paper = color(properties["--paper"]);
      for (const name of ["--ink", "--ink-2", "--ink-3", "--link"])
        if (properties[name]) assert.ok(contrast(color(properties[name]), paper) >= 4.5, name);
      assert.ok(contrast(color(properties["--edge"]), paper) >= 3);
      for (const ground of ["--sunken", "--raised", "--fence-soft"])
        if (properties[ground])
          assert.ok(contrast(color(properties["--ink"]), color(properties[ground])) >= 4.5, ground);
    }
    if (properties["--fence"])
      assert.ok(contrast(color(properties["--fence"]), color(properties["--on-fence"])) >= 4.5);
  }
});
