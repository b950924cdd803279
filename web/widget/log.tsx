/** The conversation, scrolling: it stays at its end for whoever reads there, and still for whoever reads above. */
import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Chat } from "./chat.ts";
import type { State } from "./state.ts";
import { Icon } from "./icons.tsx";
import { oneLine } from "./markdown/clean.ts";
import type { Words } from "./messages.ts";
import type { Turn } from "./thread.ts";
import { TurnView } from "./turn.tsx";

const NEAR = 24;
const EARLY = 600;

interface Props {
  readonly chat: Chat;
  readonly state: State;
  readonly words: Words;
}

export function Log({ chat, state, words }: Props): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const { isAway, toEnd } = useEnd(scroller, inner, () => void chat.readOlder(), state.turns.at(-1)?.key);
  useStill(scroller, state.turns[0]?.key);
  const draw = useDrawn(chat, words);
  const { say } = words;
  return (
    <div class="log-frame">
      <div class="log" ref={scroller} role="log" aria-live="off" aria-label={say("conversation")} tabIndex={0}>
        <div class="log-inner" ref={inner}>
          {state.older === null ? <Greeting state={state} words={words} /> : <p class="waiting">{say("older")}</p>}
          {state.turns.map(draw)}
        </div>
      </div>
      {isAway ? (
        <button type="button" class="to-end" onClick={toEnd}>
          <Icon sign="down" />
          {say("newMessages")}
        </button>
      ) : null}
    </div>
  );
}

/** The first thing that anybody reads: that this is no person (EU AI Act, article 50). */
function Greeting({ state, words }: { state: State; words: Words }): VNode {
  const name = oneLine(state.session?.user.display_name ?? "", 60);
  return (
    <div class="greeting">
      <p class="hello" dir="auto">
        {name === "" ? words.say("greeting") : words.say("greetingNamed", { name })}
      </p>
      <p class="disclosure">{words.say("disclosure")}</p>
    </div>
  );
}

/** One element for each turn, made once: thousands of finished ones cost nothing while the last one grows. */
function useDrawn(chat: Chat, words: Words): (turn: Turn) => ComponentChildren {
  const drawn = useRef<{ words: Words; of: WeakMap<Turn, VNode> } | null>(null);
  if (drawn.current?.words !== words) drawn.current = { words, of: new WeakMap() };
  const { of } = drawn.current;
  return (turn) => {
    const known = of.get(turn) ?? <TurnView key={turn.key} turn={turn} chat={chat} words={words} />;
    of.set(turn, known);
    return known;
  };
}

type Ref = { readonly current: HTMLDivElement | null };

function useEnd(
  scroller: Ref,
  inner: Ref,
  onTop: () => void,
  last: string | undefined,
): { isAway: boolean; toEnd: () => void } {
  const place = useRef({ isAtEnd: true, top: 0, height: 0 });
  const [isAway, setAway] = useState(false);
  const toEnd = () => {
    const box = scroller.current;
    place.current.isAtEnd = true;
    if (box) box.scrollTop = box.scrollHeight;
    setAway(false);
  };
  useLayoutEffect(toEnd, [last]);
  useEffect(() => {
    const box = scroller.current;
    const content = inner.current;
    if (!box || !content) return;
    const scrolled = () => {
      const now = place.current;
      const gap = box.scrollHeight - box.scrollTop - box.clientHeight;
      if (gap < NEAR) now.isAtEnd = true;
      else if (box.scrollTop < now.top - 2) now.isAtEnd = false;
      now.top = box.scrollTop;
      if (now.isAtEnd) setAway(false);
      if (box.scrollTop < EARLY && !now.isAtEnd) onTop();
    };
    const grown = () => {
      const now = place.current;
      if (now.isAtEnd) box.scrollTop = box.scrollHeight;
      else if (box.scrollHeight > now.height + 1 && box.scrollHeight - box.scrollTop - box.clientHeight > NEAR)
        setAway(true);
      now.height = box.scrollHeight;
    };
    const watch = new ResizeObserver(grown);
    watch.observe(content);
    watch.observe(box);
    box.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      watch.disconnect();
      box.removeEventListener("scroll", scrolled);
    };
  }, []);
  return { isAway, toEnd };
}

/** Older turns come in above: what is being read stays where it is. */
function useStill(scroller: Ref, first: string | undefined): void {
  const known = useRef(first);
  const seen = useRef<{ element: Element; top: number } | null>(null);
  const element = first === known.current ? null : scroller.current?.querySelector(".turn");
  // This drawing is not on the page yet: where the first turn stood before it.
  if (element) seen.current = { element, top: element.getBoundingClientRect().top };
  known.current = first;
  useLayoutEffect(() => {
    const before = seen.current;
    seen.current = null;
    if (!scroller.current || !before?.element.isConnected) return;
    scroller.current.scrollTop += before.element.getBoundingClientRect().top - before.top;
  }, [first]);
}
