/** Long text in pieces, each laid out on its own; and what stands where something is still to come. */
import type { VNode } from "preact";

/** A single text node of a megabyte is laid out anew with each word: pieces are not. */
export const PIECE = 4000;

export function pieces(text: string): VNode[] {
  const found: VNode[] = [];
  for (let at = 0, end = 0; at < text.length; at = end) {
    end = at + PIECE;
    if (/[\udc00-\udfff]/.test(text[end] ?? "")) end++;
    found.push(<span class="piece">{text.slice(at, end)}</span>);
  }
  return found;
}

/** The shape of what is coming. */
export function Bones(): VNode {
  return (
    <div class="bones" aria-hidden="true">
      <i />
      <i />
      <i />
    </div>
  );
}
