/** Blocks as plain words, for whoever hears them. */
import { textOf } from "./inline.ts";
import type { Block } from "./tree.ts";

export function wordsOf(blocks: readonly Block[]): string {
  return blocks.map(one).filter(Boolean).join("\n");
}

function one(block: Block): string {
  switch (block.kind) {
    case "paragraph":
    case "heading":
      return textOf(block.children);
    case "code":
      return block.text;
    case "list":
      return block.items.map(wordsOf).join("\n");
    case "quote":
      return wordsOf(block.children);
    case "table":
      return [block.head, ...block.rows].map((row) => row.map(textOf).join(", ")).join("\n");
    case "rule":
      return "";
  }
}
