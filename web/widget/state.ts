/** All that the views show. */
import type { Id, Session } from "../client/types.ts";
import type { Key } from "./messages.ts";
import type { Problem } from "./problems.ts";
import type { Turn } from "./thread.ts";

export interface Past {
  readonly id: Id;
  readonly at: number;
  /** Its first words. */
  readonly preview: string;
}

export interface State {
  readonly phase: "starting" | "ready" | "failed";
  readonly problem: Problem | null;
  readonly notice: Key | null;
  readonly session: Session | null;
  readonly name: string;
  /** What is written and not yet sent. */
  readonly draft: string;
  /** Another number for another conversation on the page. */
  readonly epoch: number;
  readonly conversationId: Id | null;
  readonly turns: readonly Turn[];
  readonly older: string | null;
  readonly isReadingOlder: boolean;
  readonly connection: "fine" | "lost" | "offline";
  readonly view: "chat" | "history";
  readonly past: readonly Past[] | null;
  readonly morePast: string | null;
  /** What a screen reader says next: whole answers, once. */
  readonly announced: { readonly key: Key | null; readonly text: string };
}

export const EMPTY: State = {
  phase: "starting",
  problem: null,
  notice: null,
  session: null,
  name: "",
  draft: "",
  epoch: 0,
  conversationId: null,
  turns: [],
  older: null,
  isReadingOlder: false,
  connection: "fine",
  view: "chat",
  past: null,
  morePast: null,
  announced: { key: null, text: "" },
};
