/** Earlier conversations, newest first, by their first words. */
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";

import type { Chat } from "../chat.ts";
import type { Past, State } from "../state.ts";
import { oneLine } from "../markdown/clean.ts";
import type { Words } from "../messages.ts";
import { Bones } from "../pieces.tsx";
import { when } from "../time.ts";
import { Sign } from "./signs.tsx";
import { tell } from "./words.ts";

interface Props {
  readonly chat: Chat;
  readonly state: State;
  readonly words: Words;
}

export function History({ chat, state, words }: Props): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <main
      class="history"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        chat.showChat();
      }}
    >
      <div class="history-head">
        <button type="button" class="icon-button" aria-label={tell(words, "back")} onClick={() => chat.showChat()}>
          <Sign sign="back" />
        </button>
        <h2 ref={heading} tabIndex={-1}>
          {tell(words, "history")}
        </h2>
      </div>
      {state.past === null ? (
        <Bones />
      ) : state.past.length === 0 ? (
        <p class="empty">{tell(words, "noHistory")}</p>
      ) : (
        <ul>
          {state.past.map((past) => (
            <li key={past.id}>
              <Choice past={past} isCurrent={past.id === state.conversationId} chat={chat} words={words} />
            </li>
          ))}
        </ul>
      )}
      {state.morePast === null || state.past === null ? null : (
        <button type="button" class="secondary" onClick={() => void chat.morePast()}>
          {tell(words, "moreHistory")}
        </button>
      )}
    </main>
  );
}

interface ChoiceProps {
  readonly past: Past;
  readonly isCurrent: boolean;
  readonly chat: Chat;
  readonly words: Words;
}

function Choice({ past, isCurrent, chat, words }: ChoiceProps): VNode {
  const preview = oneLine(past.preview, 100) || "…";
  return (
    <button type="button" aria-current={isCurrent ? "true" : undefined} onClick={() => void chat.open(past.id)}>
      <span class="preview" dir="auto">
        {preview}
      </span>
      <span class="when">
        {when(words.locale, past.at)}
        {isCurrent ? ` · ${tell(words, "current")}` : null}
      </span>
    </button>
  );
}
