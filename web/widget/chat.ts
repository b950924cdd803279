/** What the widget knows and does; its views read `state` and call these methods. */
import { type Client, newIntent } from "../client/client.ts";
import { RingfenceError } from "../client/errors.ts";
import type { Approval, Conversation, Decision, Id, Run, RunEvent, Session } from "../client/types.ts";
import type { Key } from "./messages.ts";
import { Pace } from "./pace.ts";
import { type Problem, problemOf, problemOfCode } from "./problems.ts";
import * as thread from "./thread.ts";
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

export interface Outside {
  onUnread(count: number): void;
  tell(name: "session" | "run" | "error", detail: Readonly<Record<string, string>>): void;
}

const EMPTY: State = {
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
const RECENT_MS = 30 * 60_000;
const PAGE = 50;
/** Of how many of the newest runs the tool calls and approvals are read again. */
const RETOLD = 6;
const PATIENCE_MS = 1500;
const LOOK_MS = 4000;
const SPOKEN_MS = 8000;

export class Chat {
  state: State = EMPTY;
  readonly #client: Client;
  readonly #agentId: Id;
  readonly #outside: Outside;
  readonly #listeners = new Set<() => void>();
  readonly #pace: Pace;
  readonly #lastEvents = new Map<string, string>();
  #leaving = new AbortController();
  #isOpen = true;
  #isEager = false;
  #unread = 0;
  #lostTimer: ReturnType<typeof setTimeout> | undefined;
  #spokenTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, agentId: Id, outside: Outside) {
    this.#client = client;
    this.#agentId = agentId;
    this.#outside = outside;
    this.#pace = new Pace((changes) => this.#said(changes));
    client.on("identity", () => this.#become("otherPerson"));
    client.on("session", (session) => this.#set({ session }));
    client.on("state", ({ state }) => this.#connected(state));
    addEventListener("offline", () => this.#connected("offline"));
    addEventListener("online", () => this.#connected("streaming"));
    setInterval(() => void this.#look(), LOOK_MS);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get live(): Turn | undefined {
    const last = this.state.turns.at(-1);
    return thread.isActive(last) ? last : undefined;
  }

  /** Signs in and shows the newest conversation that is still warm. */
  async start(): Promise<void> {
    this.#set({ phase: "starting", problem: null });
    try {
      const session = await this.#client.session();
      this.#outside.tell("session", { user_id: session.user.id, organization_id: session.organization.id });
      const [name, conversation] = await Promise.all([this.#agentName(), this.#warm()]);
      if (conversation) await this.#read(conversation.id);
      this.#set({ phase: "ready", session, name });
      if (this.#isEager && !this.live) this.send(this.state.draft);
      this.#isEager = false;
    } catch (failure) {
      const problem = problemOf(failure);
      this.#set({ phase: "failed", problem });
      this.#outside.tell("error", { code: failure instanceof RingfenceError ? failure.code : "unknown" });
    }
  }

  /** Sends a message; it stays on the page whatever becomes of it. */
  send(text: string): void {
    // Who is quicker than the sign-in is not asked to press again.
    if (this.state.phase === "starting") {
      this.#isEager = true;
      return;
    }
    const turn = thread.newTurn(newIntent(), text);
    this.#set({ turns: [...this.state.turns, turn], notice: null, draft: "" });
    void this.#begin(turn);
  }

  write(draft: string): void {
    this.#set({ draft });
  }

  /** Says the same again: a message that never arrived goes with its own key, so that it arrives once. */
  retry(turn: Turn): void {
    if (turn.status !== "unsent") return this.send(turn.text);
    this.#change(turn.key, (one) => ({ ...one, status: "sending", problem: null }));
    void this.#begin(turn);
  }

  async stop(): Promise<void> {
    const runId = this.live?.runId;
    if (!runId) return;
    try {
      const run = await this.#client.cancel(runId);
      if (thread.pendingApproval(this.live) && run.status === "cancelled") this.#followAgain(runId);
    } catch (failure) {
      this.#fail(runId, failure);
    }
  }

  async decide(runId: Id, id: Id, decision: Decision, digest: string): Promise<void> {
    const change = (to: Partial<thread.ApprovalPart>) =>
      this.#change(runId, (turn) => thread.changeApproval(turn, id, to));
    change({ isDeciding: true, problem: null });
    try {
      const approval = await this.#client.decide(id, decision, digest);
      this.#decided(runId, approval);
    } catch (failure) {
      change({ isDeciding: false, problem: problemOf(failure) });
      if (failure instanceof RingfenceError && failure.status >= 400 && failure.status < 500)
        await this.lookAt(runId, id);
    }
  }

  /** Reads what an approval is now; the run goes on where it was decided elsewhere. */
  async lookAt(runId: Id, id: Id): Promise<void> {
    try {
      this.#decided(runId, await this.#client.approval(id));
    } catch {
      // The next look tells; a question that cannot be read shows no buttons.
    }
  }

  newConversation(): void {
    this.#become(null);
  }

  async open(id: Id): Promise<void> {
    if (id === this.state.conversationId) return this.#set({ view: "chat" });
    this.#become(null);
    this.#set({ phase: "starting" });
    try {
      await this.#read(id);
      this.#set({ phase: "ready" });
    } catch (failure) {
      this.#set({ phase: "failed", problem: problemOf(failure) });
    }
  }

  async readOlder(): Promise<void> {
    const { older, conversationId, isReadingOlder } = this.state;
    if (!older || !conversationId || isReadingOlder) return;
    this.#set({ isReadingOlder: true });
    try {
      const page = await this.#client.messages(conversationId, { limit: PAGE, cursor: older });
      if (conversationId !== this.state.conversationId) return;
      const turns = thread.turnsOf(page.items, new Map());
      this.#set({ turns: joined(turns, this.state.turns), older: page.next_cursor });
    } catch {
      // Scrolling up again tries again.
    } finally {
      this.#set({ isReadingOlder: false });
    }
  }

  async showHistory(): Promise<void> {
    this.#set({ view: "history", past: null, morePast: null });
    await this.morePast();
  }

  async morePast(): Promise<void> {
    try {
      const cursor = this.state.morePast;
      const query = { limit: 20, agent_id: this.#agentId };
      const page = await this.#client.conversations(cursor ? { ...query, cursor } : query);
      const found = page.items.filter((one) => this.#isOwn(one)).map(pastOf);
      this.#set({ past: [...(this.state.past ?? []), ...found], morePast: page.next_cursor });
    } catch {
      this.#set({ past: this.state.past ?? [] });
    }
  }

  /** Reads what is shown again. */
  async reload(): Promise<void> {
    const id = this.state.conversationId;
    if (!id) return this.start();
    await this.open(id);
  }

  showChat(): void {
    this.#set({ view: "chat" });
  }

  /** The panel was opened or closed by the page. */
  opened(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (isOpen && this.#unread > 0) this.#outside.onUnread((this.#unread = 0));
  }

  /** Somebody looks again: another tab may have gone on with this conversation. */
  async refresh(): Promise<void> {
    const { conversationId, phase } = this.state;
    if (phase !== "ready" || !conversationId || this.live) return;
    try {
      const { items } = await this.#client.messages(conversationId, { limit: 2 });
      const newest = items.reduce((last, one) => (one.run_id > last ? one.run_id : last), "");
      const isKnown = this.state.turns.some((turn) => turn.runId === newest);
      if (newest === "" || isKnown || this.live || conversationId !== this.state.conversationId) return;
      await this.#read(conversationId);
    } catch {
      // What is shown stays.
    }
  }

  async #begin(turn: Turn): Promise<void> {
    const { conversationId } = this.state;
    const signal = this.#leaving.signal;
    const order = { agentId: this.#agentId, text: turn.text, idempotencyKey: turn.key, signal };
    await this.#follow(turn.key, this.#client.run(conversationId ? { ...order, conversationId } : order), signal);
  }

  #followAgain(runId: Id): void {
    const key = this.#keyOf(runId);
    const lastEventId = key && this.#lastEvents.get(key);
    if (!key || !lastEventId) return;
    const signal = this.#leaving.signal;
    this.#lastEvents.delete(key);
    void this.#follow(key, this.#client.stream(runId, { lastEventId, signal }), signal);
  }

  async #follow(key: string, events: AsyncIterable<RunEvent>, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of events) {
        if (signal.aborted) return;
        this.#apply(key, event);
      }
    } catch (failure) {
      if (signal.aborted) return;
      this.#pace.flush();
      this.#lostTrack(key, failure);
    }
  }

  #apply(key: string, event: RunEvent): void {
    if (event.event === "message.delta") return this.#pace.add(key, event.data.text);
    this.#pace.flush();
    this.#change(key, (turn) => thread.reduce(turn, event, Date.now()));
    if ("conversation_id" in event.data) this.#set({ conversationId: event.data.conversation_id });
    const turn = this.#find(key);
    if (!turn) return;
    if (event.event === "run.waiting") {
      this.#lastEvents.set(key, event.id);
      void this.#waits(turn);
    }
    if (event.event === "message.restarted" && turn.wasRestarted) this.#announce("restarted", "");
    if (!thread.isActive(turn)) this.#ended(turn);
  }

  #said(changes: ReadonlyMap<string, string>): void {
    for (const [key, text] of changes)
      this.#change(key, (turn) => thread.reduce(turn, { id: "", event: "message.delta", data: { text } }, null));
  }

  async #waits(turn: Turn): Promise<void> {
    const pending = thread.pendingApproval(turn);
    if (!pending || !turn.runId) return;
    this.#announce("approvalAsks", pending.key);
    this.#count();
    await this.lookAt(turn.runId, pending.key);
  }

  #ended(turn: Turn): void {
    this.#outside.tell("run", { run_id: turn.runId ?? "", status: turn.status });
    const words = thread.lastWords(turn);
    if (turn.failure !== null) this.#announce(problemOfCode(turn.failure).key, "");
    else if (words !== "") this.#announce("assistant", words);
    this.#count();
  }

  #decided(runId: Id, approval: Approval): void {
    const before = this.#find(runId)?.parts.find((part) => part.key === approval.id);
    this.#change(runId, (turn) => thread.withApproval(turn, approval));
    if (before?.kind === "approval" && approval.status !== "pending") this.#followAgain(runId);
  }

  /** While a question is open, somebody else may answer it, or nobody in time. */
  async #look(): Promise<void> {
    const pending = thread.pendingApproval(this.live);
    if (pending && !pending.isDeciding && this.live?.runId && !document.hidden) {
      await this.lookAt(this.live.runId, pending.key);
    }
  }

  #lostTrack(key: string, failure: unknown): void {
    if (failure instanceof RingfenceError && failure.code === "identity_changed") return;
    const turn = this.#find(key);
    if (!turn) return;
    const problem = problemOf(failure);
    const isUnsent = turn.runId === null;
    this.#change(key, (one) => ({ ...one, status: isUnsent ? "unsent" : "failed", problem }));
    this.#announce(problem.key, "");
  }

  #fail(key: string, failure: unknown): void {
    this.#change(key, (turn) => ({ ...turn, problem: problemOf(failure) }));
  }

  async #agentName(): Promise<string> {
    const { items } = await this.#client.agents({ limit: 200 });
    const agent = items.find((one) => one.id === this.#agentId);
    if (!agent) throw new RingfenceError({ status: 404, code: "agent_missing" });
    return agent.name;
  }

  /** The newest conversation that somebody would expect to find open. */
  async #warm(): Promise<Conversation | null> {
    const [conversations, runs] = await Promise.all([
      this.#client.conversations({ limit: 20, agent_id: this.#agentId }),
      this.#client.runs({ limit: 20 }),
    ]);
    const active = new Set(runs.items.filter((run) => isGoing(run)).map((run) => run.conversation_id));
    const isRecent = (time: string) => Date.now() - Date.parse(time) < RECENT_MS;
    const recent = new Set(runs.items.filter((run) => isRecent(run.created_at)).map((run) => run.conversation_id));
    const touched = (one: Conversation) => recent.has(one.id) || isRecent(one.updated_at);
    const own = conversations.items.filter((one) => this.#isOwn(one));
    return own.find((one) => active.has(one.id)) ?? own.find(touched) ?? null;
  }

  #isOwn(one: Conversation): boolean {
    const userId = this.state.session?.user.id;
    return one.agent_id === this.#agentId && one.user_id === userId;
  }

  async #read(conversationId: Id): Promise<void> {
    const signal = this.#leaving.signal;
    const [messages, runs] = await Promise.all([
      this.#client.messages(conversationId, { limit: PAGE }),
      this.#client.runs({ conversation_id: conversationId, limit: 20 }),
    ]);
    const known = new Map(runs.items.map((run) => [run.id, run]));
    const turns = thread.turnsOf(messages.items, known);
    const retold = await Promise.all(turns.slice(-RETOLD).map((turn) => this.#retell(turn, known)));
    if (signal.aborted) return;
    const all = [...turns.slice(0, -RETOLD), ...retold];
    this.#set({ conversationId, turns: all, older: messages.next_cursor });
    for (const turn of all) {
      if (turn.runId && thread.isActive(turn)) {
        const blank = { ...turn, parts: [] };
        this.#change(turn.key, () => blank);
        void this.#follow(turn.key, this.#client.stream(turn.runId, { signal }), signal);
      }
    }
  }

  /** A run that is over, with what it did beside its words. */
  async #retell(turn: Turn, runs: ReadonlyMap<Id, Run>): Promise<Turn> {
    if (!turn.runId || thread.isActive(turn) || !runs.has(turn.runId)) return turn;
    try {
      const { items } = await this.#client.events(turn.runId, { limit: 500 });
      const blank: Turn = { ...turn, status: "running", parts: [] };
      const told = items.reduce((one, event) => thread.reduce(one, event, Date.parse(event.created_at)), blank);
      return thread.isActive(told) ? turn : told;
    } catch {
      return turn;
    }
  }

  /** A fresh start; nothing of what was shown stays. */
  #become(notice: Key | null): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#pace.forget();
    this.#lastEvents.clear();
    const { session, name, epoch } = this.state;
    // Somebody else's words are nobody's draft.
    const draft = notice === "otherPerson" ? "" : this.state.draft;
    this.#set({ ...EMPTY, phase: "ready", session, name, notice, draft, epoch: epoch + 1 });
    this.#connected("streaming");
  }

  #connected(state: string): void {
    const isOffline = state === "offline" || navigator.onLine === false;
    clearTimeout(this.#lostTimer);
    if (isOffline) return this.#set({ connection: "offline" });
    if (state !== "reconnecting") return this.#set({ connection: "fine" });
    this.#lostTimer = setTimeout(() => this.#set({ connection: "lost" }), PATIENCE_MS);
  }

  /** Said aloud once; what was said does not stay to be read a second time. */
  #announce(key: Key, text: string): void {
    clearTimeout(this.#spokenTimer);
    this.#set({ announced: { key, text } });
    this.#spokenTimer = setTimeout(() => this.#set({ announced: EMPTY.announced }), SPOKEN_MS);
  }

  #count(): void {
    if (!this.#isOpen) this.#outside.onUnread((this.#unread += 1));
  }

  #find(key: string): Turn | undefined {
    return this.state.turns.find((turn) => turn.key === key || turn.runId === key);
  }

  #keyOf(runId: Id): string | undefined {
    return this.#find(runId)?.key;
  }

  #change(key: string, to: (turn: Turn) => Turn): void {
    const at = this.state.turns.findLastIndex((turn) => turn.key === key || turn.runId === key);
    const turn = this.state.turns[at];
    if (turn) this.#set({ turns: this.state.turns.with(at, to(turn)) });
  }

  #set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function isGoing(run: Run): boolean {
  return run.status === "queued" || run.status === "running" || run.status === "waiting";
}

function pastOf(one: Conversation): Past {
  return { id: one.id, at: Date.parse(one.updated_at), preview: one.preview ?? "" };
}

/** Older turns before newer ones; a run whose messages lie on two pages is one turn. */
function joined(older: readonly Turn[], newer: readonly Turn[]): Turn[] {
  const last = older.at(-1);
  const first = newer[0];
  if (!last || !first || last.runId !== first.runId) return [...older, ...newer];
  const text = first.text === "" ? last.text : first.text;
  const parts =
    last.parts.length + first.parts.length > 0 && first.text === "" ? [...last.parts, ...first.parts] : first.parts;
  return [...older.slice(0, -1), { ...first, text, at: last.at, parts }, ...newer.slice(1)];
}
