/** Blocks as elements. Nothing else makes elements from what a model said. */
import type { ComponentChildren, VNode } from "preact";

import { PIECE, pieces } from "../pieces.tsx";
import { textOf } from "./inline.ts";
import type { Block, Cell, Inline } from "./tree.ts";

/** What blocks need of the page around them. */
export interface Means {
  /** The word for a picture. */
  readonly image: string;
  /** Shows a block of code. */
  readonly Code: (props: { text: string; language: string }) => VNode;
}

/** The element of a block. */
export function element(block: Block, means: Means): VNode {
  switch (block.kind) {
    case "paragraph":
      return <p dir="auto">{parts(block.children, means)}</p>;
    case "heading":
      return (
        <p dir="auto" class="heading">
          <strong>{parts(block.children, means)}</strong>
        </p>
      );
    case "code":
      return <means.Code text={block.text} language={block.language} />;
    case "list":
      return list(block.start, block.items, means);
    case "quote":
      return <blockquote dir="auto">{all(block.children, means)}</blockquote>;
    case "table":
      return table(block.head, block.rows, means);
    case "rule":
      return <hr />;
  }
}

function all(blocks: readonly Block[], means: Means): VNode[] {
  return blocks.map((block) => element(block, means));
}

function list(start: number | null, items: readonly (readonly Block[])[], means: Means): VNode {
  const inner = items.map((item) => <li dir="auto">{tight(item, means)}</li>);
  if (start === null) return <ul dir="auto">{inner}</ul>;
  return (
    <ol dir="auto" start={start}>
      {inner}
    </ol>
  );
}

/** An item's first paragraph stands beside its mark. */
function tight(item: readonly Block[], means: Means): ComponentChildren {
  const [first, ...rest] = item;
  if (first?.kind !== "paragraph") return all(item, means);
  return [<span>{parts(first.children, means)}</span>, ...all(rest, means)];
}

function table(head: readonly Cell[], rows: readonly (readonly Cell[])[], means: Means): VNode {
  return (
    <div class="table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th dir="auto">{parts(cell, means)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>
              {row.map((cell) => (
                <td dir="auto">{parts(cell, means)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function parts(inline: readonly Inline[], means: Means): ComponentChildren[] {
  return inline.map((part) => {
    if (typeof part === "string") return part.length > PIECE ? pieces(part) : part;
    switch (part.kind) {
      case "code":
        return <code>{part.text}</code>;
      case "strong":
        return <strong>{parts(part.children, means)}</strong>;
      case "em":
        return <em>{parts(part.children, means)}</em>;
      case "del":
        return <del>{parts(part.children, means)}</del>;
      case "link":
        return link(part, means);
    }
  });
}

/** A link names its host, so that its words cannot lie about where it leads; a picture is only ever a link. */
function link(part: Extract<Inline, { kind: "link" }>, means: Means): VNode {
  const { href, host } = part.target;
  const text = textOf(part.children).trim();
  const inner = part.isImage ? `${means.image}${text === "" ? "" : `: ${text}`}` : parts(part.children, means);
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
