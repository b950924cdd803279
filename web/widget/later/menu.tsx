/** What else one can do here: begin anew, look back. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Chat } from "../chat.ts";
import type { Words } from "../messages.ts";
import { Sign, type SignName } from "./signs.tsx";
import { tell } from "./words.ts";

export function Menu({ chat, words }: { chat: Chat; words: Words }): VNode {
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
        aria-label={tell(words, "menu")}
        onClick={() => setOpen(!isOpen)}
      >
        <Sign sign="menu" />
      </button>
      {isOpen ? (
        <ul>
          <Choice sign="pen" text={words.say("newConversation")} onClick={choose(() => chat.newConversation())} />
          <Choice sign="clock" text={tell(words, "history")} onClick={choose(() => void chat.showHistory())} />
        </ul>
      ) : null}
    </div>
  );
}

function Choice({ sign, text, onClick }: { sign: SignName; text: string; onClick: () => void }): VNode {
  return (
    <li>
      <button type="button" onClick={onClick}>
        <Sign sign={sign} />
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
