/** The frame's page: header, conversation or history, composer. */
import type { VNode } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

import { titleOf } from "./approval.tsx";
import type { Chat } from "./chat.ts";
import type { State } from "./state.ts";
import { Composer } from "./composer.tsx";
import { Header } from "./header.tsx";
import { Icon } from "./icons.tsx";
import { Log } from "./log.tsx";
import { clean } from "./markdown/clean.ts";
import type { Words } from "./messages.ts";
import { later } from "./parts.ts";
import { Bones } from "./pieces.tsx";
import type { Problem } from "./problems.ts";
import { pendingApproval } from "./thread.ts";

interface Props {
  readonly chat: Chat;
  readonly words: Words;
  readonly opened: number;
  readonly onClose: (() => void) | null;
}

export function App({ chat, words, opened, onClose }: Props): VNode {
  const [state, setState] = useState(chat.state);
  useLayoutEffect(() => chat.subscribe(() => setState(chat.state)), [chat]);
  const { say } = words;
  const beside = later.use();
  useLayoutEffect(() => (beside ? chat.take(beside.newTray) : undefined), [chat, beside]);
  // On the document: what had the focus may just have gone.
  document.onkeydown = ({ key, isComposing }) => {
    if (key !== "Escape" || isComposing) return;
    if (chat.live) void chat.stop();
    else onClose?.();
  };
  return (
    <div class="app">
      <Header chat={chat} state={state} words={words} onClose={onClose} />
      <Notice state={state} words={words} />
      {state.phase === "failed" ? (
        <Failed problem={state.problem} chat={chat} words={words} />
      ) : state.view === "history" && beside ? (
        <beside.History chat={chat} state={state} words={words} />
      ) : (
        <main class="main">
          {state.phase === "starting" ? (
            <Starting words={words} />
          ) : (
            <Log key={state.epoch} chat={chat} state={state} words={words} />
          )}
          <Composer chat={chat} state={state} words={words} opened={opened} />
        </main>
      )}
      <p class="sr" role="status" aria-live="polite" aria-atomic="true">
        {state.phase === "starting" ? say("loading") : spoken(chat, words)}
      </p>
    </div>
  );
}

/** What is said aloud: a whole answer once, without its signs, or that something is asked. */
function spoken({ state, live }: Chat, words: Words): string {
  const { key, text } = state.announced;
  if (key === null) return "";
  if (text !== "" && key === "assistant")
    return `${words.say(key)}: ${clean(text.slice(0, 4000)).replace(/[*_`#|>[\]]+/g, "")}`;
  const pending = key === "approvalAsks" ? pendingApproval(live) : null;
  return pending ? `${words.say(key)}: ${titleOf(pending.ask, words)}` : words.say(key);
}

function Notice({ state, words }: { state: State; words: Words }): VNode | null {
  const key = state.connection === "fine" ? state.notice : state.connection;
  return key ? (
    <p class="notice" role="status">
      {words.say(key)}
    </p>
  ) : null;
}

/** What stands on the page before the host has said anything. */
export function Shell({ words }: { words: Words }): VNode {
  return (
    <div class="app">
      <header class="header">
        <span class="badge">{words.say("badge")}</span>
      </header>
      <main class="main">
        <Starting words={words} />
      </main>
    </div>
  );
}

function Starting({ words }: { words: Words }): VNode {
  return (
    <div class="log-frame" aria-busy="true" aria-label={words.say("loading")} role="group">
      <Bones />
    </div>
  );
}

function Failed({ problem, chat, words }: { problem: Problem | null; chat: Chat; words: Words }): VNode {
  const action = problem?.action ?? null;
  const act = () => (action === "newConversation" ? chat.newConversation() : void chat.start());
  return (
    <main class="failed">
      <Icon sign="warn" />
      <p role="alert">{words.say(problem?.key ?? "problem_unknown")}</p>
      {action ? (
        <button type="button" class="secondary" onClick={act}>
          {words.say(action)}
        </button>
      ) : null}
    </main>
  );
}
