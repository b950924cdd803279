/** Markdown within a line of text, in one pass from left to right: linear whatever the text. */
import { targetOf } from "./targets.ts";
import type { Inline, References, Target } from "./tree.ts";

const DEEPEST = 12;
const LONGEST_TARGET = 2048;
const LONGEST_LABEL = 200;
const SPECIAL = /[\\`*_~[\]!<&]|https?:\/\//gi;
const BARE = /https?:\/\/[^\s<>"`[\]]+/iy;
const ANGLE = /<((?:https?:\/\/|mailto:)[^\s<>]+)>/iy;
const ENTITY = /&(?:amp|lt|gt|quot|nbsp|#39);/y;
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: "\u00a0", "#39": "'" };
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const WORD = /[\p{L}\p{N}]/u;

type Style = "strong" | "em" | "del";

interface Opener {
  readonly mark: string;
  readonly at: number;
}

interface Bracket {
  readonly at: number;
  readonly source: number;
  readonly isImage: boolean;
}

/** The parts of a text. */
export function parseInline(text: string, references: References): Inline[] {
  return new Reader(text, references).read();
}

class Reader {
  readonly #text: string;
  readonly #references: References;
  readonly #out: Inline[] = [];
  #openers: Opener[] = [];
  #brackets: Bracket[] = [];
  #ticks: Map<number, number[]> | null = null;
  #at = 0;

  constructor(text: string, references: References) {
    this.#text = text;
    this.#references = references;
  }

  read(): Inline[] {
    while (this.#at < this.#text.length) {
      SPECIAL.lastIndex = this.#at;
      const found = SPECIAL.exec(this.#text);
      const next = found ? found.index : this.#text.length;
      this.#say(this.#text.slice(this.#at, next));
      this.#at = next;
      if (found) this.#special(found[0]);
    }
    return merged(this.#out);
  }

  #special(character: string): void {
    switch (character) {
      case "\\":
        return this.#escape();
      case "`":
        return this.#code();
      case "*":
      case "_":
      case "~":
        return this.#emphasis(character);
      case "[":
        return this.#open(false);
      case "!":
        return this.#text[this.#at + 1] === "[" ? this.#open(true) : this.#literal(1);
      case "]":
        return this.#close();
      case "<":
        return this.#angle();
      case "&":
        return this.#entity();
      default:
        return this.#bare();
    }
  }

  #say(text: string): void {
    if (text !== "") this.#out.push(text);
  }

  #literal(length: number): void {
    this.#say(this.#text.slice(this.#at, this.#at + length));
    this.#at += length;
  }

  #escape(): void {
    const next = this.#text[this.#at + 1];
    if (next === undefined || !PUNCTUATION.test(next)) return this.#literal(1);
    this.#say(next);
    this.#at += 2;
  }

  #code(): void {
    const length = run(this.#text, this.#at, "`");
    const start = this.#at + length;
    const end = this.#closingTicks(length, start);
    if (end === null) return this.#literal(length);
    const text = this.#text.slice(start, end).replace(/\n/g, " ");
    const isPadded = text.length > 2 && text.startsWith(" ") && text.endsWith(" ");
    this.#out.push({ kind: "code", text: isPadded ? text.slice(1, -1) : text });
    this.#at = end + length;
  }

  /** Where the next run of exactly as many ticks begins; the runs are counted once for the whole text. */
  #closingTicks(length: number, after: number): number | null {
    if (this.#ticks === null) {
      this.#ticks = new Map();
      for (const match of this.#text.matchAll(/`+/g)) {
        const known = this.#ticks.get(match[0].length);
        if (known) known.push(match.index);
        else this.#ticks.set(match[0].length, [match.index]);
      }
      for (const positions of this.#ticks.values()) positions.reverse();
    }
    const positions = this.#ticks.get(length) ?? [];
    while (positions.length > 0 && (positions.at(-1) ?? 0) < after) positions.pop();
    return positions.at(-1) ?? null;
  }

  #emphasis(character: string): void {
    const length = run(this.#text, this.#at, character);
    const before = this.#text[this.#at - 1] ?? " ";
    const after = this.#text[this.#at + length] ?? " ";
    if (length > 3 || (character === "~" && length !== 2)) return this.#literal(length);
    const isWordly = character === "_";
    let left = length;
    if (!/\s/.test(before) && !(isWordly && WORD.test(after))) left = this.#end(character, left);
    this.#at += length;
    if (left === 0) return;
    const mayOpen = !/\s/.test(after) && !(isWordly && WORD.test(before));
    for (const mark of marks(character, left)) {
      if (mayOpen && this.#openers.length < DEEPEST) this.#openers.push({ mark, at: this.#out.length });
      this.#out.push(mark);
    }
  }

  /** Closes what these marks close; gives how many are left. */
  #end(character: string, length: number): number {
    let left = length;
    while (left > 0) {
      const index = this.#openers.findLastIndex((o) => o.mark.startsWith(character) && o.mark.length <= left);
      const opener = this.#openers[index];
      if (!opener || opener.at + 1 >= this.#out.length) break;
      const children = merged(this.#out.splice(opener.at + 1));
      this.#out[opener.at] = { kind: styleOf(opener.mark), children };
      this.#openers.length = index;
      this.#forgetBrackets(opener.at);
      left -= opener.mark.length;
    }
    return left;
  }

  #forgetBrackets(from: number): void {
    while (this.#brackets.length > 0 && (this.#brackets.at(-1)?.at ?? 0) >= from) this.#brackets.pop();
  }

  #open(isImage: boolean): void {
    const length = isImage ? 2 : 1;
    this.#brackets.push({ at: this.#out.length, source: this.#at + length, isImage });
    this.#literal(length);
  }

  #close(): void {
    const bracket = this.#brackets.pop();
    const found = bracket ? this.#destination(bracket) : null;
    if (!bracket || !found) return this.#literal(1);
    const children = merged(this.#out.splice(bracket.at + 1));
    this.#openers = this.#openers.filter((opener) => opener.at < bracket.at);
    this.#out[bracket.at] = link(found.target, children, bracket.isImage);
    // No link lies within a link.
    if (!bracket.isImage) this.#brackets = [];
    this.#at = found.end;
  }

  #destination(bracket: Bracket): { target: string; end: number } | null {
    const next = this.#text[this.#at + 1];
    if (next === "(") return this.#inParentheses(this.#at + 2);
    let end = this.#at + 1;
    let label = this.#text.slice(bracket.source, Math.min(this.#at, bracket.source + LONGEST_LABEL + 1));
    if (next === "[") {
      const close = this.#text.slice(end, end + LONGEST_LABEL + 2).indexOf("]");
      if (close < 0) return null;
      label = close === 1 ? label : this.#text.slice(end + 1, end + close);
      end += close + 1;
    }
    const target = this.#references.get(labelOf(label));
    return target === undefined ? null : { target, end };
  }

  /** An address in parentheses, with a title that is not shown. */
  #inParentheses(start: number): { target: string; end: number } | null {
    const scope = this.#text.slice(start, start + LONGEST_TARGET);
    const lead = /^\s*/.exec(scope)?.[0].length ?? 0;
    const found = address(scope, lead);
    if (found === null) return null;
    const tail = /^(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/.exec(scope.slice(found.end, found.end + 400));
    return tail ? { target: found.text, end: start + found.end + tail[0].length } : null;
  }

  #angle(): void {
    ANGLE.lastIndex = this.#at;
    const found = ANGLE.exec(this.#text)?.[1];
    if (found === undefined) return this.#literal(1);
    this.#out.push(link(found, [found.replace(/^mailto:/i, "")], false));
    this.#at += found.length + 2;
  }

  #entity(): void {
    ENTITY.lastIndex = this.#at;
    const found = ENTITY.exec(this.#text)?.[0];
    if (found === undefined) return this.#literal(1);
    this.#say(ENTITIES[found.slice(1, -1)] ?? found);
    this.#at += found.length;
  }

  #bare(): void {
    BARE.lastIndex = this.#at;
    const found = WORD.test(this.#text[this.#at - 1] ?? " ") ? null : BARE.exec(this.#text);
    if (!found) return this.#literal(1);
    const address = trimmed(found[0]);
    const target = this.#brackets.some((one) => !one.isImage) ? null : targetOf(address);
    this.#out.push(target ? { kind: "link", target, children: [address], isImage: false } : address);
    this.#at += address.length;
  }
}

/** A link; its text and its address as plain text where it may not be followed. */
function link(address: string, children: readonly Inline[], isImage: boolean): Inline {
  const target: Target | null = targetOf(address);
  if (target) return { kind: "link", target, children, isImage };
  return children.length === 0 ? address : textOf(children);
}

/** What a reader would read of these parts. */
export function textOf(parts: readonly Inline[]): string {
  return parts
    .map((part) => (typeof part === "string" ? part : part.kind === "code" ? part.text : textOf(part.children)))
    .join("");
}

/** A reference's label, as it is looked up. */
export function labelOf(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase();
}

function address(text: string, start: number): { text: string; end: number } | null {
  if (text[start] === "<") {
    const end = text.slice(start + 1).search(/[<>\n]/);
    return end < 0 || text[start + 1 + end] !== ">"
      ? null
      : { text: text.slice(start + 1, start + 1 + end), end: start + end + 2 };
  }
  let depth = 0;
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at] ?? "";
    if (/\s/.test(character)) break;
    if (character === "(" && ++depth > 8) return null;
    if (character === ")" && --depth < 0) break;
    if (character === "\\" && PUNCTUATION.test(text[at + 1] ?? "")) at++;
  }
  return { text: text.slice(start, at).replace(/\\([!-/:-@[-`{-~])/g, "$1"), end: at };
}

/** A bare address without the punctuation of the sentence around it. */
function trimmed(text: string): string {
  const dropped = text.includes("(") ? /[.,;:!?'"\]*_~]/ : /[.,;:!?'")\]*_~]/;
  let end = text.length;
  while (end > 0 && dropped.test(text[end - 1] ?? "")) end--;
  return text.slice(0, end);
}

function run(text: string, at: number, character: string): number {
  let end = at;
  while (text[end] === character) end++;
  return end - at;
}

function marks(character: string, length: number): string[] {
  if (length === 3) return [character.repeat(2), character];
  return [character.repeat(length)];
}

function styleOf(mark: string): Style {
  if (mark.startsWith("~")) return "del";
  return mark.length === 2 ? "strong" : "em";
}

/** Neighbouring strings as one. */
function merged(parts: readonly Inline[]): Inline[] {
  const out: Inline[] = [];
  let text: string[] = [];
  for (const part of parts) {
    if (typeof part === "string") {
      text.push(part);
      continue;
    }
    if (text.length > 0) out.push(text.join(""));
    text = [];
    out.push(part);
  }
  if (text.length > 0) out.push(text.join(""));
  return out;
}
