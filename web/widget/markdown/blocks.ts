/** Markdown's blocks, line by line. Each line is looked at a bounded number of times. */
import { labelOf, parseInline } from "./inline.ts";
import type { Block, Cell, Inline, References } from "./tree.ts";

const DEEPEST = 6;
/** Longer ones are shown as they are: nobody writes emphasis across ten pages. */
const LONGEST_PARAGRAPH = 20_000;
const MOST_COLUMNS = 12;
const BULLET = /^( *)([-*+]|\d{1,9}[.)])(?: +|$)/;
const DEFINITION = /^ {0,3}\[([^\]]{1,200})\]: *<?([^\s<>]{1,2048})>?(?: +(?:"[^"]*"|'[^']*'|\([^)]*\)))? *$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
/** What is longer is no fence, no row and no definition: nothing may be hidden in one. */
const LONGEST_LINE = 4000;

/** A block and where in the text it begins. */
export interface Placed {
  readonly block: Block;
  readonly from: number;
}

/** The text's blocks; link references are taken from `references` and from the text itself. */
export function parseBlocks(text: string, references: References = new Map()): Placed[] {
  const lines = text.split("\n");
  const known = new Map([...references, ...definitions(lines)]);
  return new Lines(lines, known, 0).blocks();
}

/** The reference definitions among these lines. */
export function definitions(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const match = isDefinition(line) ? DEFINITION.exec(line) : null;
    const label = labelOf(match?.[1] ?? "");
    if (match && !found.has(label)) found.set(label, match[2] ?? "");
  }
  return found;
}

class Lines {
  readonly #lines: readonly string[];
  readonly #references: References;
  readonly #depth: number;
  #at = 0;

  constructor(lines: readonly string[], references: References, depth: number) {
    this.#lines = lines;
    this.#references = references;
    this.#depth = depth;
  }

  blocks(): Placed[] {
    const found: Placed[] = [];
    let offset = 0;
    let counted = 0;
    while (this.#at < this.#lines.length) {
      for (; counted < this.#at; counted++) offset += this.#line(counted).length + 1;
      const block = this.#next();
      if (block) found.push({ block, from: offset });
    }
    return found;
  }

  #line(index = this.#at): string {
    return this.#lines[index] ?? "";
  }

  #next(): Block | null {
    const line = this.#line();
    if (isBlank(line)) return this.#skip();
    const fence = fenceOf(line);
    if (fence) return this.#code(fence[1] ?? "", fence[2] ?? "");
    if (isDefinition(line)) return this.#skip();
    const heading = /^ {0,3}#{1,6} +/.exec(line);
    if (heading) return this.#heading(heading[0].length);
    if (isRule(line)) return this.#rule();
    if (this.#depth < DEEPEST && /^ {0,3}>/.test(line)) return this.#quote();
    if (this.#depth < DEEPEST && BULLET.test(line)) return this.#list();
    if (this.#isTable()) return this.#table();
    return this.#paragraph();
  }

  #skip(): null {
    this.#at++;
    return null;
  }

  #rule(): Block {
    this.#at++;
    return { kind: "rule" };
  }

  #code(fence: string, info: string): Block {
    const mark = fence[0] ?? "`";
    const kept: string[] = [];
    for (this.#at++; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line();
      const end = line.trim();
      if (end.length >= fence.length && end.length < 100 && end === mark.repeat(end.length)) {
        this.#at++;
        break;
      }
      kept.push(line);
    }
    const language = /^\s*([\w+#.-]{1,24})/.exec(info)?.[1] ?? "";
    return { kind: "code", text: kept.join("\n"), language };
  }

  #heading(lead: number): Block {
    const line = this.#line().slice(lead).trimEnd();
    const text = line.length > LONGEST_LINE ? line : line.replace(/ #{1,6}$/, "");
    this.#at++;
    return { kind: "heading", children: this.#inline(text) };
  }

  #quote(): Block {
    const inner: string[] = [];
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line();
      const mark = /^ {0,3}> ?/.exec(line)?.[0];
      if (mark === undefined && (isBlank(line) || this.#beginsBlock(line))) break;
      inner.push(line.slice(mark?.length ?? 0));
    }
    return { kind: "quote", children: this.#within(inner) };
  }

  #list(): Block {
    const first = BULLET.exec(this.#line());
    const indent = first?.[1]?.length ?? 0;
    const isOrdered = isNumber(first?.[2] ?? "");
    const items: Block[][] = [];
    while (this.#at < this.#lines.length) {
      const mark = BULLET.exec(this.#line());
      const isSibling = mark !== null && Math.abs((mark[1]?.length ?? 0) - indent) < 2;
      if (!mark || !isSibling || isNumber(mark[2] ?? "") !== isOrdered || isRule(this.#line())) break;
      items.push(this.#item(mark[0].length, indent));
    }
    return { kind: "list", start: isOrdered ? Number.parseInt(first?.[2] ?? "1", 10) : null, items };
  }

  #item(width: number, indent: number): Block[] {
    const inner = [ticked(this.#line().slice(width))];
    let wasBlank = false;
    for (this.#at++; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line();
      if (isBlank(line)) {
        wasBlank = true;
        inner.push("");
        continue;
      }
      const own = indentOf(line);
      if (own < indent + 2 && (wasBlank || BULLET.test(line) || this.#beginsBlock(line))) break;
      wasBlank = false;
      inner.push(line.slice(Math.min(own, width)));
    }
    // What stands behind blank lines decides itself what it is.
    while (inner.length > 1 && inner.at(-1) === "") inner.pop();
    return this.#within(inner);
  }

  #isTable(): boolean {
    const head = this.#line();
    const rule = this.#line(this.#at + 1);
    if (!isRow(head) || !rule.includes("-") || rule.length > 400) return false;
    const cells = cellsOf(rule);
    return cells.every((cell) => /^:?-+:?$/.test(cell)) && cells.length === cellsOf(head).length;
  }

  #table(): Block {
    const head = this.#cells(this.#line());
    const rows: Cell[][] = [];
    for (this.#at += 2; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line();
      if (!isRow(line)) break;
      const cells = this.#cells(line).slice(0, head.length);
      while (cells.length < head.length) cells.push([]);
      rows.push(cells);
    }
    return { kind: "table", head, rows };
  }

  #cells(line: string): Cell[] {
    return cellsOf(line)
      .slice(0, MOST_COLUMNS)
      .map((cell) => this.#inline(cell));
  }

  #paragraph(): Block {
    const kept = [this.#line().trim()];
    for (this.#at++; this.#at < this.#lines.length; this.#at++) {
      const line = this.#line();
      if (isBlank(line) || this.#beginsBlock(line) || this.#isTable()) break;
      kept.push(line.trim());
    }
    return { kind: "paragraph", children: this.#inline(kept.join("\n")) };
  }

  /** Whether this line ends a paragraph before it. */
  #beginsBlock(line: string): boolean {
    if (fenceOf(line) || /^ {0,3}(?:#{1,6} |>)/.test(line) || isRule(line)) return true;
    const mark = BULLET.exec(line)?.[2];
    return mark !== undefined && (!isNumber(mark) || Number.parseInt(mark, 10) === 1);
  }

  #inline(text: string): Inline[] {
    return text.length > LONGEST_PARAGRAPH ? [text] : parseInline(text, this.#references);
  }

  #within(lines: readonly string[]): Block[] {
    return new Lines(lines, this.#references, this.#depth + 1).blocks().map((placed) => placed.block);
  }
}

function isBlank(line: string): boolean {
  return line.trim() === "";
}

function indentOf(line: string): number {
  const end = line.search(/[^ \t]/);
  return end < 0 ? line.length : end;
}

function isNumber(mark: string): boolean {
  return /^\d/.test(mark);
}

function fenceOf(line: string): RegExpExecArray | null {
  return line.length < 200 ? FENCE.exec(line) : null;
}

function isDefinition(line: string): boolean {
  return line.includes("]:") && line.length < LONGEST_LINE && DEFINITION.test(line);
}

function isRow(line: string): boolean {
  return line.includes("|") && line.length < LONGEST_LINE;
}

function isRule(line: string): boolean {
  const marks = line.length < 200 ? line.replace(/ /g, "") : "";
  return marks.length > 2 && /^[-*_]/.test(marks) && marks === (marks[0] ?? "").repeat(marks.length);
}

/** `[ ]` and `[x]` at the head of an item, as signs. */
function ticked(text: string): string {
  const box = /^\[([ xX])\] /.exec(text)?.[1];
  return box === undefined ? text : `${box === " " ? "☐" : "☑"} ${text.slice(4)}`;
}

/** The cells of a table's line; an escaped bar is no border. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/([^\\])\|$/, "$1");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}
