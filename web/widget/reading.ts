/** Names and values of tool calls, as people read them. Values stay what they are: text. */
import { clean, oneLine } from "./markdown/clean.ts";
import type { Words } from "./messages.ts";

const MOST_ROWS = 60;
const LONGEST = 2000;

/** `find_customers` as "Find customers". */
export function humanised(name: string): string {
  const words = oneLine(name, 80)
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .replace(/[_\-.\s]+/g, " ")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export interface Row {
  /** A JSON pointer into the arguments. */
  readonly path: string;
  readonly label: string;
  readonly value: string;
}

/** Each value with the way to it; nothing is left out unseen. */
export function rowsOf(args: Readonly<Record<string, unknown>>, words: Words): Row[] {
  const rows: Row[] = [];
  collect(args, "", "", words, rows);
  return rows;
}

function collect(value: unknown, path: string, label: string, words: Words, rows: Row[]): void {
  const isBranch = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isBranch || rows.length >= MOST_ROWS) {
    rows.push({ path, label, value: textOf(value, words) });
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const step = Array.isArray(value) ? String(Number(name) + 1) : humanised(name) || name;
    const way = `${path}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    collect(inner, way, label === "" ? step : `${label} › ${step}`, words, rows);
  }
}

function textOf(value: unknown, words: Words): string {
  if (typeof value === "string") return clean(value);
  if (typeof value === "boolean") return words.say(value ? "yes" : "no");
  if (typeof value === "number") return String(value);
  return value === null ? "–" : JSON.stringify(value);
}

/** A tool's answer: JSON on lines of its own, bounded. */
export function excerpt(text: string): string {
  const cut = text.length > LONGEST * 10 ? text.slice(0, LONGEST) : pretty(text);
  const cleaned = clean(cut);
  return cleaned.length > LONGEST ? `${cleaned.slice(0, LONGEST)}…` : cleaned;
}

function pretty(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
