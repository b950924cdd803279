/** Where one writes: grows to five lines; Enter sends, Shift+Enter breaks the line. */
import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Chat } from "./chat.ts";
import type { State } from "./state.ts";
import { Icon } from "./icons.tsx";
import type { Words } from "./messages.ts";
import { later } from "./parts.ts";
import { pendingApproval } from "./thread.ts";

const MOST = 32_768;
const NEARLY = MOST - 1000;

interface Props {
  readonly chat: Chat;
  readonly state: State;
  readonly words: Words;
  /** Grows each time that the page opens the panel. */
  readonly opened: number;
}

export function Composer({ chat, state, words, opened }: Props): VNode {
  const { draft } = state;
  const [isTold, setTold] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const { live, tray } = chat;
  const beside = later.use();
  const length = draft.length > NEARLY ? Array.from(draft).length : draft.length;
  const maySend = !live && draft.trim() !== "" && length <= MOST && !tray?.isBusy;
  useLayoutEffect(() => fit(field.current), [draft]);
  useEffect(() => {
    if (opened > 0) field.current?.focus({ preventScroll: true });
  }, [opened]);
  useEffect(() => {
    if (!live) setTold(false);
  }, [live === undefined]);

  const send = () => {
    if (live) setTold(true);
    if (!maySend) return;
    chat.send(draft);
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  };
  const { say } = words;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class={chat.takesFiles ? "field takes" : "field"}>
        {beside && tray ? <beside.TrayView tray={tray} words={words} field={field} /> : null}
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={draft}
          placeholder={say("write")}
          aria-label={say("write")}
          aria-describedby="hint"
          onInput={(event) => chat.write(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <Button chat={chat} words={words} maySend={maySend} />
      </div>
      <p class="hint" id="hint" role={live ? "status" : undefined}>
        {hint(chat, words, length, isTold) || tray?.hint(words)}
      </p>
    </form>
  );
}

function Button({ chat, words, maySend }: { chat: Chat; words: Words; maySend: boolean }): VNode {
  const { live } = chat;
  return (
    <button
      type={live ? "button" : "submit"}
      class="send"
      disabled={live ? live.runId === null : !maySend}
      onClick={live ? () => void chat.stop() : undefined}
    >
      <Icon sign={live ? "stop" : "send"} />
      <span class="sr">{words.say(live ? "stop" : "send")}</span>
    </button>
  );
}

function hint({ live }: Chat, { say, locale }: Words, length: number, isTold: boolean): string {
  const count = (left: number) => new Intl.NumberFormat(locale).format(left);
  if (length > MOST) return say("tooMany", { count: count(length - MOST) });
  if (length > NEARLY) return say("left", { count: count(MOST - length) });
  const pending = pendingApproval(live);
  if (pending?.mayDecide) return say("waitsForYou");
  return isTold && live ? say("problem_busy") : "";
}

function fit(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}
