/** A block of code with a button that copies it. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";

import { pieces } from "./render.tsx";

interface Props {
  readonly text: string;
  readonly language: string;
  readonly words: { readonly copy: string; readonly copied: string };
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
          {isCopied ? words.copied : words.copy}
        </button>
      </div>
      <pre tabIndex={0}>
        <code>{text.length > 4000 ? pieces(text) : text}</code>
      </pre>
    </div>
  );
}
