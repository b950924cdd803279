/** What the widget knows and does; its views read `state` and call these methods. */
import type { Client } from "../client/client.ts";
import { RingfenceError } from "../client/errors.ts";
import { newIntent } from "../client/intent.ts";
import type { Approval, Decision, FileRef, Id, RunEvent } from "../client/types.ts";
import type { Key } from "./messages.ts";
import { Pace } from "./pace.ts";
import * as past from "./past.ts";
import { problemOf, problemOfCode } from "./problems.ts";
import type { Tray } from "./later/tray.ts";
import { EMPTY, type State } from "./state.ts";
import * as thread from "./thread.ts";
import type { Turn } from "./thread.ts";

export interface Outside {
  /** Whether the page wants files to be sent. */
  readonly takesFiles: boolean;
  onUnread(count: number): void;
  tell(name: "session" | "run" | "error", detail: Readonly<Record<string, string>>): void;
}

const PATIENCE_MS = 1500;
const LOOK_MS = 4000;
const SPOKEN_MS = 8000;

export class Chat {
  state: State = EMPTY;
  /** What is to be sent with the next message; null until that part is there, and where the page wants no files. */
  tray: Tray | null = null;
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
      const [name, conversation] = await Promise.all([
        past.agentName(this.#client, this.#agentId),
        past.warm(this.#client, this.#agentId, session.user.id),
      ]);
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

  get takesFiles(): boolean {
    return this.#outside.takesFiles;
  }

  get client(): Client {
    return this.#client;
  }

  /** Files can be chosen from now on. */
  take(make: (client: Client, onChange: () => void) => Tray): void {
    const onChange = () => this.#set({});
    if (this.takesFiles) this.tray ??= make(this.#client, onChange);
    onChange();
  }

  /** Sends a message; it stays on the page whatever becomes of it. */
  send(text: string, files?: readonly FileRef[]): void {
    // Who is quicker than the sign-in is not asked to press again.
    if (this.state.phase === "starting") {
      this.#isEager = true;
      return;
    }
    const turn = thread.newTurn(newIntent(), text, files ?? this.tray?.take());
    this.#set({ turns: [...this.state.turns, turn], notice: null, draft: "" });
    void this.#begin(turn);
  }

  write(draft: string): void {
    this.#set({ draft });
  }

  /** Says the same again: a message that never arrived goes with its own key, so that it arrives once. */
  retry(turn: Turn): void {
    if (turn.status !== "unsent") return this.send(turn.text, turn.files);
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
      const page = await past.older(this.#client, conversationId, older);
      if (conversationId !== this.state.conversationId) return;
      this.#set({ turns: past.joined(page.turns, this.state.turns), older: page.older });
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
      const userId = this.state.session?.user.id ?? "";
      const page = await past.conversations(this.#client, this.#agentId, userId, this.state.morePast);
      this.#set({ past: [...(this.state.past ?? []), ...page.found], morePast: page.next });
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
      const { state } = this;
      if (newest === "" || state.turns.some((turn) => turn.runId === newest)) return;
      if (thread.isActive(state.turns.at(-1)) || conversationId !== state.conversationId) return;
      await this.#read(conversationId);
    } catch {
      // What is shown stays.
    }
  }

  async #begin(turn: Turn): Promise<void> {
    const { conversationId } = this.state;
    const signal = this.#leaving.signal;
    const { text, key } = turn;
    const fileIds = turn.files.map((file) => file.id);
    const order = { agentId: this.#agentId, text, fileIds, idempotencyKey: key, signal };
    await this.#follow(key, this.#client.run(conversationId ? { ...order, conversationId } : order), signal);
  }

  #followAgain(runId: Id): void {
    const key = this.#find(runId)?.key;
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

  async #read(conversationId: Id): Promise<void> {
    const signal = this.#leaving.signal;
    const { turns, older } = await past.conversation(this.#client, conversationId);
    if (signal.aborted) return;
    this.#set({ conversationId, turns, older });
    for (const turn of turns) {
      if (turn.runId && thread.isActive(turn)) {
        const blank = { ...turn, parts: [] };
        this.#change(turn.key, () => blank);
        void this.#follow(turn.key, this.#client.stream(turn.runId, { signal }), signal);
      }
    }
  }

  /** A fresh start; nothing of what was shown stays. */
  #become(notice: Key | null): void {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#pace.forget();
    this.#lastEvents.clear();
    const { session, name, epoch } = this.state;
    // Somebody else's words are nobody's draft, nor their files.
    const isOther = notice === "otherPerson";
    if (isOther) this.tray?.clear();
    const draft = isOther ? "" : this.state.draft;
    this.#set({ ...EMPTY, phase: "ready", session, name, notice, draft, epoch: epoch + 1 });
    this.#connected("streaming");
  }

  #connected(state: string): void {
    const isOnline = navigator.onLine && state !== "offline";
    if (isOnline && state === "reconnecting") {
      // Each try says so anew: patience counts from the first.
      this.#lostTimer ??= setTimeout(() => this.#set({ connection: "lost" }), PATIENCE_MS);
      return;
    }
    clearTimeout(this.#lostTimer);
    this.#lostTimer = undefined;
    this.#set({ connection: isOnline ? "fine" : "offline" });
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
