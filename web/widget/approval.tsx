/** The question before something is done: made from the arguments themselves, never from a model's words. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { ApprovalAsk, Decision, Evidence } from "../client/types.ts";
import { digest } from "./canonical.ts";
import { Icon, type Sign } from "./icons.tsx";
import { clean, oneLine } from "./markdown/clean.ts";
import type { Key, Words } from "./messages.ts";
import { humanised, rowsOf } from "./reading.ts";
import type { ApprovalPart } from "./thread.ts";
import { clock, left } from "./time.ts";

interface Props {
  readonly part: ApprovalPart;
  readonly words: Words;
  readonly userId: string;
  readonly onDecide: (decision: Decision, digest: string) => void;
  readonly onReload: () => void;
}

/** Verb and object: the declared title in the reader's language, else the tool's own name. */
export function titleOf(ask: ApprovalAsk, words: Words): string {
  const { titles } = ask;
  const title = titles[words.locale] ?? titles[words.language] ?? titles["en"] ?? Object.values(titles)[0];
  if (title) return oneLine(title, 200).replace(/\?*$/, "?");
  return `${humanised(ask.tool)}?`;
}

export function ApprovalView({ part, words, userId, onDecide, onReload }: Props): VNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const isPending = part.status === "pending";
  const id = `approval-${part.key}`;
  const wasAsked = useRef(false);
  useEffect(() => {
    // When it is decided, the button that was pressed goes: its focus stays with the question.
    if (isPending ? isIdle() : wasAsked.current && document.activeElement === document.body) heading.current?.focus();
    wasAsked.current = true;
  }, [isPending]);
  return (
    <section class={`approval ${part.status}`} aria-labelledby={id}>
      <p class="approval-kind">
        <Icon sign="hand" />
        {words.say("approvalAsks")}
        {isPending ? <TimeLeft until={part.ask.expires_at} words={words} /> : null}
      </p>
      <h2 id={id} ref={heading} tabIndex={-1} dir="auto">
        {titleOf(part.ask, words)}
      </h2>
      <Arguments ask={part.ask} words={words} />
      <p class="approval-reason">{words.say(`reason_${part.ask.reason}`)}</p>
      {isPending ? (
        <Buttons part={part} words={words} onDecide={onDecide} onReload={onReload} />
      ) : (
        <Result part={part} words={words} userId={userId} />
      )}
    </section>
  );
}

/** Focus is taken from nobody who is about to write. */
function isIdle(): boolean {
  const active = document.activeElement;
  return active instanceof HTMLTextAreaElement && active.value === "";
}

function Arguments({ ask, words }: { ask: ApprovalAsk; words: Words }): VNode {
  const sources = new Map(ask.evidence.map((one) => [one.path, one]));
  return (
    <dl class="rows">
      {rowsOf(ask.args, words).map((row) => {
        const source = sources.get(row.path);
        return (
          <div key={row.path}>
            <dt dir="auto">{row.label}</dt>
            <dd>
              <span dir="auto" class="value">
                {row.value}
              </span>
              {source ? <Source source={source} words={words} /> : null}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function Source({ source, words }: { source: Evidence; words: Words }): VNode {
  const [sign, text] = sourceOf(source, words);
  return (
    <span class={`source from-${sign}`}>
      <Icon sign={sign} />
      {text}
    </span>
  );
}

function sourceOf(source: Evidence, words: Words): readonly [Sign, string] {
  if (source.source === "user") return ["person", words.say("fromUser")];
  if (source.source === "assistant") return ["spark", words.say("fromAssistant")];
  const tool = source.tool ? humanised(source.tool) : "";
  return ["tool", tool === "" ? words.say("fromSomeTool") : words.say("fromTool", { tool: clean(tool) })];
}

function TimeLeft({ until, words }: { until: string; words: Words }): VNode | null {
  const [now, setNow] = useState(Date.now());
  const rest = Date.parse(until) - now;
  useEffect(() => {
    const timer = setTimeout(() => setNow(Date.now()), rest > 60_000 ? 10_000 : 1000);
    return () => clearTimeout(timer);
  }, [now]);
  if (!(rest > 0)) return null;
  return <span class="time-left">{words.say("expiresIn", { time: left(words.locale, rest) })}</span>;
}

type ButtonsProps = Omit<Props, "userId">;

function Buttons({ part, words, onDecide, onReload }: ButtonsProps): VNode {
  const own = useDigest(part.ask);
  if (own === "changed") {
    return (
      <div class="approval-actions">
        <p class="error">{words.say("changed")}</p>
        <button type="button" class="secondary" onClick={onReload}>
          {words.say("reload")}
        </button>
      </div>
    );
  }
  if (part.mayDecide === false) return <p class="approval-who">{words.say(whoDecides(part.ask))}</p>;
  const isReady = own !== "unknown" && part.mayDecide === true && !part.isDeciding;
  const button = (decision: Decision, key: Key, kind: string) => (
    <button type="button" class={kind} disabled={!isReady} onClick={() => onDecide(decision, own)}>
      {words.say(key)}
    </button>
  );
  return (
    <div class="approval-actions">
      <div class="pair">
        {button("approve", "approve", "primary")}
        {button("deny", "decline", "secondary")}
      </div>
      {button("stop", "declineStop", "quiet")}
      {part.problem ? (
        <p class="error" role="alert">
          {words.say(part.problem.key)}
        </p>
      ) : null}
    </div>
  );
}

/** The digest to send: our own, of what is shown; "changed" where the server meant something else. */
function useDigest(ask: ApprovalAsk): string {
  const [found, setFound] = useState("unknown");
  useEffect(() => {
    let isOver = false;
    // Without TLS a browser has no SHA-256; what is shown is still what the server will check.
    void (isSecureContext ? digest(ask.args) : Promise.resolve(ask.args_sha256)).then((own) => {
      if (!isOver) setFound(own === ask.args_sha256 ? own : "changed");
    });
    return () => {
      isOver = true;
    };
  }, [ask]);
  return found;
}

function whoDecides(ask: ApprovalAsk): Key {
  if (ask.approvers === "admin") return "adminDecides";
  return ask.approvers === "four_eyes" ? "fourEyesDecide" : "otherDecides";
}

function Result({ part, words, userId }: { part: ApprovalPart; words: Words; userId: string }): VNode {
  const isOwn = part.decidedBy !== null && part.decidedBy === userId;
  const time = part.decidedAt === null ? "" : clock(words.locale, part.decidedAt);
  const [sign, key] = resultOf(part, isOwn);
  return (
    <p class="approval-result">
      <Icon sign={sign} />
      {words.say(key, { time }).replace(/ (?=\.|$)/g, "")}
    </p>
  );
}

function resultOf(part: ApprovalPart, isOwn: boolean): readonly [Sign, Key] {
  switch (part.status) {
    case "approved":
    case "spent":
      return ["check", isOwn ? "approvedByYou" : "approved"];
    case "denied":
      return ["close", isOwn ? "declinedByYou" : "declined"];
    case "expired":
      return ["clock", "expired"];
    default:
      return ["stop", "approvalCancelled"];
  }
}
