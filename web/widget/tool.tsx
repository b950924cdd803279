/** A tool call: one quiet line that opens to what was asked and answered. */
import type { VNode } from "preact";

import { Icon, type Sign } from "./icons.tsx";
import type { Key, Words } from "./messages.ts";
import { type Row, excerpt, humanised, rowsOf } from "./reading.ts";
import type { ToolPart } from "./thread.ts";
import { duration } from "./time.ts";

const STATES: Readonly<Record<ToolPart["state"], readonly [Sign, Key]>> = {
  running: ["tool", "toolRunning"],
  done: ["check", "toolDone"],
  failed: ["warn", "toolFailed"],
  stopped: ["stop", "toolStopped"],
};

export function ToolView({ part, words }: { part: ToolPart; words: Words }): VNode {
  const [sign, key] = STATES[part.state];
  const took = part.startedAt !== null && part.endedAt !== null ? part.endedAt - part.startedAt : null;
  return (
    <details class={`tool ${part.state}`}>
      <summary>
        <Icon sign={sign} />
        <span class="tool-name" dir="auto">
          {humanised(part.name)}
        </span>
        <span class="tool-state">
          {words.say(key)}
          {took === null ? null : ` · ${duration(words.locale, took)}`}
        </span>
        <Icon sign="chevron" />
      </summary>
      <div class="tool-body">
        <p class="label">{words.say("asked")}</p>
        <Table rows={rowsOf(part.args ?? {}, words)} words={words} />
        {part.answer === "" ? null : (
          <>
            <p class="label">{words.say("answer")}</p>
            <pre dir="auto" tabIndex={0}>
              {excerpt(part.answer)}
            </pre>
          </>
        )}
      </div>
    </details>
  );
}

function Table({ rows, words }: { rows: readonly Row[]; words: Words }): VNode {
  if (rows.length === 0 || (rows.length === 1 && rows[0]?.path === "")) return <p>{words.say("noArguments")}</p>;
  return (
    <dl class="rows">
      {rows.map((row) => (
        <div key={row.path}>
          <dt dir="auto">{row.label}</dt>
          <dd dir="auto">{row.value}</dd>
        </div>
      ))}
    </dl>
  );
}
