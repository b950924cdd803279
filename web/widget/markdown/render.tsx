/** Blocks as elements. Nothing else makes elements from what a model said. */
import type { ComponentChildren, VNode } from "preact";

import { CodeBlock } from "./code.tsx";
import { textOf } from "./inline.ts";
import type { Block, Cell, Inline } from "./tree.ts";

/** A single text node of a megabyte is laid out anew with each word: pieces are not. */
const PIECE = 4000;

interface Words {
  readonly copy: string;
  readonly copied: string;
  readonly image: string;
}

/** The element of a block. */
export function element(block: Block, words: Words): VNode {
  switch (block.kind) {
    case "paragraph":
      return <p dir="auto">{parts(block.children, words)}</p>;
    case "heading":
      return (
        <p dir="auto" class="heading">
          <strong>{parts(block.children, words)}</strong>
        </p>
      );
    case "code":
      return <CodeBlock text={block.text} language={block.language} words={words} />;
    case "list":
      return list(block.start, block.items, words);
    case "quote":
      return <blockquote dir="auto">{all(block.children, words)}</blockquote>;
    case "table":
      return table(block.head, block.rows, words);
    case "rule":
      return <hr />;
  }
}

function all(blocks: readonly Block[], words: Words): VNode[] {
  return blocks.map((block) => element(block, words));
}

function list(start: number | null, items: readonly (readonly Block[])[], words: Words): VNode {
  const inner = items.map((item) => <li dir="auto">{tight(item, words)}</li>);
  if (start === null) return <ul dir="auto">{inner}</ul>;
  return (
    <ol dir="auto" start={start}>
      {inner}
    </ol>
  );
}

/** An item's first paragraph stands beside its mark. */
function tight(item: readonly Block[], words: Words): ComponentChildren {
  const [first, ...rest] = item;
  if (first?.kind !== "paragraph") return all(item, words);
  return [<span>{parts(first.children, words)}</span>, ...all(rest, words)];
}

function table(head: readonly Cell[], rows: readonly (readonly Cell[])[], words: Words): VNode {
  return (
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th dir="auto">{parts(cell, words)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td dir="auto">{parts(cell, words)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function parts(inline: readonly Inline[], words: Words): ComponentChildren[] {
  return inline.map((part) => {
    if (typeof part === "string") return part.length > PIECE ? pieces(part) : part;
    switch (part.kind) {
      case "code":
        return <code>{part.text}</code>;
      case "strong":
        return <strong>{parts(part.children, words)}</strong>;
      case "em":
        return <em>{parts(part.children, words)}</em>;
      case "del":
        return <del>{parts(part.children, words)}</del>;
      case "link":
        return link(part, words);
    }
  });
}

/** A link names its host, so that its words cannot lie about where it leads; a picture is only ever a link. */
function link(part: Extract<Inline, { kind: "link" }>, words: Words): VNode {
  const { href, host } = part.target;
  const text = textOf(part.children).trim();
  const inner = part.isImage ? `${words.image}${text === "" ? "" : `: ${text}`}` : parts(part.children, words);
  const isPlain = !part.isImage && (text === href || text === host || `${text}/` === href);
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {text === "" && !part.isImage ? host : inner}
      {isPlain || (text === "" && !part.isImage) ? null : (
        <span class="host" dir="ltr">
          {` (${host})`}
        </span>
      )}
    </a>
  );
}

/** Long text in pieces, each laid out on its own. */
export function pieces(text: string): VNode[] {
  const found: VNode[] = [];
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = at + PIECE;
    if (/[\udc00-\udfff]/.test(text[end] ?? "")) end++;
    found.push(<span class="piece">{text.slice(at, end)}</span>);
  }
  return found;
}
