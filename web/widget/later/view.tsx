/** The files that go with the next message: above the words, inside the same field. */
import type { RefObject, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { oneLine } from "../markdown/clean.ts";
import type { Words } from "../messages.ts";
import { ACCEPTED, kindOf, signOf, sizeOf } from "./kinds.ts";
import { Sign } from "./signs.tsx";
import type { Item, Tray } from "./tray.ts";
import { tell } from "./words.ts";

interface Props {
  readonly tray: Tray;
  readonly words: Words;
  /** Where one writes: the focus goes there when nothing else is left. */
  readonly field: RefObject<HTMLTextAreaElement | null>;
}

export function TrayView({ tray, words, field }: Props): VNode {
  const list = useRef<HTMLUListElement>(null);
  const newest = tray.items.at(-1)?.key;
  // What was just added is in sight.
  useEffect(() => list.current?.scrollTo(0, list.current.scrollHeight), [newest]);
  const remove = (item: Item) => {
    const at = tray.items.indexOf(item);
    tray.remove(item.key);
    // Once it is drawn: the one that took its place, or the last one.
    setTimeout(() => {
      const left = list.current?.querySelectorAll<HTMLElement>(".chip-remove") ?? [];
      (left[Math.min(at, left.length - 1)] ?? field.current)?.focus();
    });
  };
  const toField = () => field.current?.focus();
  return (
    <>
      {newest ? (
        <ul class="tray" role="list" aria-label={tell(words, "files")} ref={list}>
          {tray.items.map((item) => (
            <Chip
              key={item.key}
              item={item}
              tray={tray}
              words={words}
              onRemove={() => remove(item)}
              onLeave={toField}
            />
          ))}
        </ul>
      ) : null}
      <Attach tray={tray} words={words} onChosen={toField} />
      <p class="sr" role="status">
        {tray.news.map((item) => newsOf(item, words)).join(" ")}
      </p>
      {tray.isOver ? (
        <div class="drop">
          <Sign sign="drop" />
          {tell(words, "drop")}
        </div>
      ) : null}
    </>
  );
}

function Attach({ tray, words, onChosen }: { tray: Tray; words: Words; onChosen: () => void }): VNode {
  const input = useRef<HTMLInputElement>(null);
  const chosen = (from: HTMLInputElement) => {
    tray.add([...(from.files ?? [])]);
    from.value = "";
    onChosen();
  };
  return (
    <>
      <button
        type="button"
        class="attach icon-button"
        aria-label={tell(words, "attach")}
        title={tell(words, "attach")}
        onClick={() => input.current?.click()}
      >
        <Sign sign="clip" />
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPTED}
        aria-label={tell(words, "attach")}
        onChange={(event) => chosen(event.currentTarget)}
      />
    </>
  );
}

interface ChipProps {
  readonly item: Item;
  readonly tray: Tray;
  readonly words: Words;
  readonly onRemove: () => void;
  readonly onLeave: () => void;
}

function Chip({ item, tray, words, onRemove, onLeave }: ChipProps): VNode {
  const { file, state, mayRetry } = item;
  const name = shown(file.name);
  const onKeyDown = (event: KeyboardEvent) => {
    const isLeaving = event.key === "Escape";
    if (!isLeaving && event.key !== "Delete" && event.key !== "Backspace") return;
    event.preventDefault();
    event.stopPropagation();
    (isLeaving ? onLeave : onRemove)();
  };
  return (
    <li class={`chip ${state}`} onKeyDown={onKeyDown}>
      <Sign sign={state === "failed" ? "warn" : signOf(file.name)} />
      <span class="chip-text">
        <span class="chip-name" title={name}>
          <bdi>{name}</bdi>
        </span>
        <span class="chip-state">{stateOf(item, words)}</span>
      </span>
      {mayRetry ? (
        <button
          type="button"
          class="chip-button"
          aria-label={tell(words, "retry", { name })}
          title={tell(words, "again")}
          onClick={() => tray.retry(item.key)}
        >
          <Sign sign="again" />
        </button>
      ) : null}
      <button
        type="button"
        class="chip-button chip-remove"
        aria-label={tell(words, "remove", { name })}
        onClick={onRemove}
      >
        <Sign sign="remove" />
      </button>
      {state === "ready" || state === "failed" ? null : <Bar item={item} name={name} words={words} />}
    </li>
  );
}

/** How far it is. Nobody knows for a file in one piece, and while it is looked at. */
function Bar({ item, name, words }: { item: Item; name: string; words: Words }): VNode {
  const percent = percentOf(item);
  return (
    <div
      class={percent === null ? "bar unknown" : "bar"}
      role="progressbar"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      aria-valuetext={stateOf(item, words)}
    >
      <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        <rect width={percent ?? 100} height={1} />
      </svg>
    </div>
  );
}

function percentOf({ state, sentBytes, file }: Item): number | null {
  return state === "sending" && sentBytes > 0 ? Math.floor((100 * sentBytes) / file.size) : null;
}

function stateOf(item: Item, words: Words): string {
  const { file, state, fault } = item;
  const percent = percentOf(item);
  if (fault) return tell(words, fault);
  if (state === "waiting") return tell(words, "waiting");
  if (state === "checking") return tell(words, "checking");
  if (state === "sending" && percent === null) return tell(words, "begun");
  if (percent !== null) {
    const said = new Intl.NumberFormat(words.locale, { style: "percent" }).format(percent / 100);
    return tell(words, "sending", { percent: said });
  }
  return about(file.name, file.size, words);
}

function newsOf({ file, fault }: Item, words: Words): string {
  const name = shown(file.name);
  return fault ? tell(words, "isNot", { name, why: tell(words, fault) }) : tell(words, "isReady", { name });
}

/** "PDF · 1.2 MB" */
export function about(name: string, bytes: number, words: Words): string {
  return [kindOf(name), sizeOf(words.locale, bytes)].filter(Boolean).join(" · ");
}

export function shown(name: string): string {
  return oneLine(name, 200);
}
