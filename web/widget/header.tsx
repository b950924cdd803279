/** Who answers here, and that it is an AI. */
import type { VNode } from "preact";

import type { Chat } from "./chat.ts";
import type { State } from "./state.ts";
import { Icon } from "./icons.tsx";
import { oneLine } from "./markdown/clean.ts";
import type { Words } from "./messages.ts";
import { later } from "./parts.ts";

interface Props {
  readonly chat: Chat;
  readonly state: State;
  readonly words: Words;
  readonly onClose: (() => void) | null;
}

export function Header({ chat, state, words, onClose }: Props): VNode {
  const { say } = words;
  const beside = later.use();
  return (
    <header class="header">
      <h1 class="name">
        <bdi>{oneLine(state.name, 100) || say("assistant")}</bdi>
      </h1>
      <span class="badge">{say("badge")}</span>
      <span class="grow" />
      {beside && state.phase === "ready" ? <beside.Menu chat={chat} words={words} /> : null}
      {onClose ? (
        <button type="button" class="icon-button" aria-label={say("close")} onClick={onClose}>
          <Icon sign="close" />
        </button>
      ) : null}
    </header>
  );
}
