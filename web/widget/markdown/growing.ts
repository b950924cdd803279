/** A text that grows while it is read: blocks that are over keep their identity, the last one is read again. */
import { type Placed, definitions, parseBlocks } from "./blocks.ts";
import { clean } from "./clean.ts";
import type { Block, References } from "./tree.ts";

export class Growing {
  #raw = "";
  #text = "";
  #settled: Block[] = [];
  #from = 0;
  #references: References = new Map();
  #blocks: readonly Block[] = [];

  /**
   * The blocks of the text so far. A text that is not a continuation begins anew. While a long block is open it is read
   * again once it has grown by a fiftieth: at each word of ten thousand items that would be too much.
   */
  read(raw: string): readonly Block[] {
    const grown = raw.length - this.#raw.length;
    if (grown < (this.#raw.length - this.#from) / 50 - 40 && raw.startsWith(this.#raw)) return this.#blocks;
    return this.#read(raw);
  }

  #read(raw: string): readonly Block[] {
    if (!raw.startsWith(this.#raw)) this.#forget();
    this.#text += clean(raw.slice(this.#raw.length));
    this.#raw = raw;
    const placed = parseBlocks(this.#text.slice(this.#from), this.#references);
    const open = this.#settle(placed);
    this.#blocks = [...this.#settled, ...open.map((one) => one.block)];
    return this.#blocks;
  }

  /** The blocks of the whole text: a reference that came last counts for all of it. */
  finish(raw: string): readonly Block[] {
    return this.#text.includes("]:") ? read(raw) : this.#read(raw);
  }

  /** Keeps what can change no more; gives the rest. A block on an unfinished line may still belong to the one before. */
  #settle(placed: readonly Placed[]): readonly Placed[] {
    const open = this.#text.slice(this.#from);
    let first = placed.length - 1;
    if (!open.includes("\n", placed[first]?.from ?? 0)) first--;
    const from = placed[first]?.from ?? 0;
    if (first < 1) return placed;
    this.#settled.push(...placed.slice(0, first).map((one) => one.block));
    this.#references = new Map([...this.#references, ...definitions(open.slice(0, from).split("\n"))]);
    this.#from += from;
    return placed.slice(first);
  }

  #forget(): void {
    this.#raw = "";
    this.#text = "";
    this.#settled = [];
    this.#from = 0;
    this.#references = new Map();
    this.#blocks = [];
  }
}

/** The blocks of a text that is whole. */
export function read(raw: string): readonly Block[] {
  return parseBlocks(clean(raw)).map((one) => one.block);
}
