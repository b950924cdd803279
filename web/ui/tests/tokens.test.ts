import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync("ui/tokens.css", "utf8");
const TEXT = ["ink", "ink-2", "ink-3", "fence", "ok", "amber", "red"];
const PAPER = ["paper", "raised", "sunken", "fence-soft", "ok-soft", "amber-soft", "red-soft"];
const THEMES = ["light", "dark"] as const;

/** The colour of a token in a theme, as its three channels. */
function channels(token: string, theme: (typeof THEMES)[number]): number[] {
  const found = new RegExp(`--${token}: light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\);`).exec(css);
  assert.ok(found, `--${token} has two colours`);
  const hex = found[theme === "light" ? 1 : 2]!;
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

/** WCAG 2.2, relative luminance. */
function luminance(rgb: number[]): number {
  const [r, g, b] = rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(one: number[], other: number[]): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

function shortfalls(tokens: string[], papers: string[], least: number): string[] {
  return THEMES.flatMap((theme) =>
    tokens.flatMap((token) =>
      papers.flatMap((paper) => {
        const found = contrast(channels(token, theme), channels(paper, theme));
        return found < least ? [`${theme}: ${token} on ${paper} is ${found.toFixed(2)}`] : [];
      }),
    ),
  );
}

test("text can be read on every paper, in both themes", () => {
  assert.deepEqual(shortfalls(TEXT, PAPER, 4.5), []);
  assert.deepEqual(shortfalls(["on-fence"], ["fence"], 4.5), []);
});

test("the edge of a field can be seen on every paper", () => {
  assert.deepEqual(shortfalls(["edge"], PAPER, 3), []);
});

test("contrast is computed as WCAG does", () => {
  assert.equal(contrast([0, 0, 0], [1, 1, 1]).toFixed(2), "21.00");
  assert.ok(shortfalls(["line"], ["paper"], 3).length > 0);
});

test("the mark is small and takes its colour from where it stands", () => {
  assert.ok(statSync("ui/mark.svg").size < 1024);
  assert.match(readFileSync("ui/mark.svg", "utf8"), /stroke="currentColor"/);
});
