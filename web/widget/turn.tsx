/** A turn: what the user said, and what the assistant said and did about it. */
import type { VNode } from "preact";
import { useMemo, useState } from "preact/hooks";

import { ApprovalView } from "./approval.tsx";
import type { Chat } from "./chat.ts";
import { Icon } from "./icons.tsx";
import { CodeBlock } from "./code.tsx";
import { clean } from "./markdown/clean.ts";
import type { Block } from "./markdown/tree.ts";
import type { Words } from "./messages.ts";
import { later, markdown as reader } from "./parts.ts";
import { PIECE, pieces } from "./pieces.tsx";
import { type Problem, problemOfCode } from "./problems.ts";
import { type Part, type TextPart, type Turn, isActive, lastWords, numbered } from "./thread.ts";
import { ToolView } from "./tool.tsx";

interface Props {
  readonly turn: Turn;
  readonly chat: Chat;
  readonly words: Words;
}

export function TurnView({ turn, chat, words }: Props): VNode {
  const { say } = words;
  const beside = later.use();
  return (
    <div class="turn" data-status={turn.status}>
      {turn.text === "" ? null : (
        <div class="said">
          <span class="sr">{say("you")}: </span>
          <div class="bubble" dir="auto">
            <Plain text={turn.text} />
          </div>
        </div>
      )}
      {beside && turn.files.length > 0 ? <beside.Sent files={turn.files} chat={chat} words={words} /> : null}
      <div class="answer">
        <span class="sr">{say("assistant")}: </span>
        {turn.parts.map((part) => (
          <PartView key={part.key} part={part} turn={turn} chat={chat} words={words} />
        ))}
        <Waiting turn={turn} words={words} />
        <End turn={turn} chat={chat} words={words} />
      </div>
    </div>
  );
}

function PartView({ part, turn, chat, words }: Props & { part: Part }): VNode {
  if (part.kind === "tool") return <ToolView part={part} words={words} />;
  if (part.kind === "text") return <TextView part={part} chat={chat} words={words} />;
  const runId = turn.runId ?? "";
  return (
    <ApprovalView
      part={part}
      words={words}
      userId={chat.state.session?.user.id ?? ""}
      onDecide={(decision, digest) => void chat.decide(runId, part.key, decision, digest)}
      onReload={() => void chat.reload()}
    />
  );
}

function TextView({ part, chat, words }: { part: TextPart; chat: Chat; words: Words }): VNode {
  const beside = later.use();
  const markdown = reader.use();
  const growing = useMemo(() => markdown && new markdown.Growing(), [markdown]);
  const { isDone } = part;
  const text = numbered(part);
  const blocks = useMemo(() => growing?.[isDone ? "finish" : "read"](text), [growing, text, isDone]);
  const means = useMemo(
    () => ({
      image: words.say("image"),
      Code: (props: { text: string; language: string }) => <CodeBlock {...props} words={words} />,
    }),
    [words],
  );
  // A block that is over is the same object as before, and so is its element: it is not drawn again.
  const drawn = useMemo(() => new WeakMap<Block, VNode>(), [means]);
  const view = (block: Block): VNode | undefined => {
    const known = drawn.get(block) ?? markdown?.element(block, means);
    if (known) drawn.set(block, known);
    return known;
  };
  return (
    <>
      <div class={isDone ? "text" : "text live"}>
        {blocks ? (
          blocks.map(view)
        ) : (
          <p dir="auto">
            <Plain text={text} />
          </p>
        )}
      </div>
      {beside && part.citations.length > 0 ? (
        <beside.Citations citations={part.citations} chat={chat} words={words} />
      ) : null}
    </>
  );
}

function Plain({ text }: { text: string }): VNode {
  const cleaned = useMemo(() => clean(text), [text]);
  return <>{cleaned.length > PIECE ? pieces(cleaned) : cleaned}</>;
}

/** What goes on while no words come. */
function Waiting({ turn, words }: { turn: Turn; words: Words }): VNode | null {
  const last = turn.parts.at(-1);
  const isQuiet = !last || (last.kind === "text" ? last.isDone : last.kind === "approval" || last.state !== "running");
  if (turn.wasRestarted) return <p class="waiting">{words.say("restarted")}</p>;
  if (!isActive(turn) || turn.status === "waiting" || !isQuiet) return null;
  const key = turn.status === "queued" ? "waitsForEarlier" : "thinking";
  return (
    <p class="waiting pulse">
      <span>{words.say(key)}</span>
    </p>
  );
}

/** How it ended, and what can be done with it. */
function End({ turn, chat, words }: Props): VNode | null {
  if (isActive(turn)) return turn.problem ? <Fault problem={turn.problem} words={words} /> : null;
  const problem = turn.problem ?? (turn.failure === null ? null : problemOfCode(turn.failure));
  const answer = lastWords(turn);
  const isCut = turn.parts.some((part) => part.kind === "text" && part.isCut) && turn.status !== "cancelled";
  return (
    <>
      {turn.status === "cancelled" ? <p class="waiting">{words.say("stopped")}</p> : null}
      {isCut && !problem ? <p class="waiting">{words.say("cut")}</p> : null}
      {problem ? <Fault problem={problem} words={words} /> : null}
      <div class="actions">
        {answer === "" ? null : <Copy text={answer} words={words} />}
        {turn.status === "completed" || problem?.action === null || turn.text === "" ? null : (
          <button type="button" class="quiet" onClick={() => chat.retry(turn)}>
            <Icon sign="again" />
            {words.say("tryAgain")}
          </button>
        )}
      </div>
    </>
  );
}

function Fault({ problem, words }: { problem: Problem; words: Words }): VNode {
  return (
    <p class="error">
      <Icon sign="warn" />
      {words.say(problem.key)}
    </p>
  );
}

function Copy({ text, words }: { text: string; words: Words }): VNode {
  const [isCopied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 2000);
      },
      () => setCopied(false),
    );
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      <Icon sign={isCopied ? "check" : "copy"} />
      {words.say(isCopied ? "copied" : "copy")}
    </button>
  );
}
