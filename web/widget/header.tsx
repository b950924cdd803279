/** Who answers here, and that it is an AI. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Chat } from "./chat.ts";
import type { State } from "./state.ts";
import { Icon, type Sign } from "./icons.tsx";
import { oneLine } from "./markdown/clean.ts";
import type { Words } from "./messages.ts";

interface Props {
  readonly chat: Chat;
  readonly state: State;
  readonly words: Words;
  readonly onClose: (() => void) | null;
}

export function Header({ chat, state, words, onClose }: Props): VNode {
  const { say } = words;
  return (
    <header class="header">
      <h1 class="name">
        <bdi>{oneLine(state.name, 100) || say("assistant")}</bdi>
      </h1>
      <span class="badge">{say("badge")}</span>
      <span class="grow" />
      {state.phase === "ready" ? <Menu chat={chat} words={words} /> : null}
      {onClose ? (
        <button type="button" class="icon-button" aria-label={say("close")} onClick={onClose}>
          <Icon sign="close" />
        </button>
      ) : null}
    </header>
  );
}

function Menu({ chat, words }: { chat: Chat; words: Words }): VNode {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const away = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    addEventListener("focusin", away);
    box.current?.querySelector<HTMLElement>("li button")?.focus();
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("focusin", away);
    };
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      setOpen(false);
      button.current?.focus();
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(box.current, event.key === "ArrowDown" ? 1 : -1);
    }
  };
  const choose = (act: () => void) => () => {
    setOpen(false);
    act();
  };
  return (
    <div class="menu" ref={box} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class="icon-button"
        aria-expanded={isOpen}
        aria-label={words.say("menu")}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon sign="menu" />
      </button>
      {isOpen ? (
        <ul>
          <Choice sign="pen" text={words.say("newConversation")} onClick={choose(() => chat.newConversation())} />
          <Choice sign="clock" text={words.say("history")} onClick={choose(() => void chat.showHistory())} />
        </ul>
      ) : null}
    </div>
  );
}

function Choice({ sign, text, onClick }: { sign: Sign; text: string; onClick: () => void }): VNode {
  return (
    <li>
      <button type="button" onClick={onClick}>
        <Icon sign={sign} />
        {text}
      </button>
    </li>
  );
}

function step(box: HTMLElement | null, by: number): void {
  const choices = [...(box?.querySelectorAll<HTMLElement>("li button") ?? [])];
  const at = choices.indexOf(document.activeElement as HTMLElement);
  choices.at((at + by + choices.length) % choices.length)?.focus();
}
