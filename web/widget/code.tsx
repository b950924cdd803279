/** A block of code with a button that copies it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";

import type { Words } from "./messages.ts";
import { PIECE, pieces } from "./pieces.tsx";

interface Props {
  readonly text: string;
  readonly language: string;
  readonly words: Words;
}

export function CodeBlock({ text, language, words }: Props): VNode {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return (
    <div class="code" dir="ltr">
      <div class="code-head">
        <span>{language}</span>
        <button type="button" class="quiet" onClick={() => void copy().catch(() => setCopied(false))}>
          {words.say(isCopied ? "copied" : "copy")}
        </button>
      </div>
      <pre tabIndex={0}>
        <code>{text.length > PIECE ? pieces(text) : text}</code>
      </pre>
    </div>
  );
}
