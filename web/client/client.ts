/** The client: what a front end may ask of Ringfence. It holds its session in memory and nothing anywhere else. */

import { Emitter } from "./emitter.ts";
import { follow, runOf } from "./follow.ts";
import { type Call, type Calls, type Fetch, Http } from "./http.ts";
import { newIntent } from "./intent.ts";
import { type GetToken, type Held, Sessions } from "./sessions.ts";
import type * as api from "./types.ts";

export interface ClientOptions {
  /** Where Ringfence is, as https://agents.example.com. */
  baseUrl: string;
  getToken: GetToken;
  fetch?: Fetch;
}

export interface ClientEvents {
  /** A session began or was renewed. */
  session: api.Session;
  /** The new session is another user's or organization's: nothing shown before may stay. */
  identity: { previous: api.Session; session: api.Session };
  /** How a followed run is connected; `runId` as soon as it is known. */
  state: { runId: api.Id | undefined; state: api.ConnectionState };
}

export interface RunOrder {
  agentId: api.Id;
  text: string;
  /** At most ten, each the user's own and ready. */
  fileIds?: readonly api.Id[] | undefined;
  conversationId?: api.Id | undefined;
  /** One for each thing that the user means; made up where it is absent. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface Following {
  /** Go on behind this event. */
  lastEventId?: string | undefined;
  signal?: AbortSignal;
}

const OVER: ReadonlySet<api.RunStatus> = new Set(["completed", "failed", "cancelled", "expired"]);
const STREAM = { Accept: "text/event-stream" };

export function createClient(options: ClientOptions): Client {
  return new Client(options);
}

export class Client {
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #http: Http;
  readonly #sessions: Sessions;
  /** Requests in this session, for what is loaded on its own: see files.ts. */
  readonly calls: Calls = {
    json: (call) => this.#json(call),
    open: (call) => this.#http.open(this.#sessions, call),
    identity: async () => (await this.#sessions.held()).identity,
  };

  constructor({ baseUrl, getToken, fetch = (input, init) => globalThis.fetch(input, init) }: ClientOptions) {
    this.#http = new Http(baseUrl, fetch);
    this.#sessions = new Sessions(getToken, (path, body) => this.#http.post(path, body), {
      onSession: (session) => this.#emitter.emit("session", session),
      onIdentity: (change) => this.#emitter.emit("identity", change),
    });
  }

  /** Calls `listener` from now on; the answer ends that. */
  on<K extends keyof ClientEvents>(name: K, listener: (value: ClientEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** The session, made or renewed if need be. */
  async session(): Promise<api.Session> {
    return (await this.#sessions.held()).session;
  }

  /** Ends the session; the next call makes a new one. */
  async logOut(): Promise<void> {
    await this.#sessions.end();
  }

  async me(): Promise<api.Me> {
    return this.#json({ path: "/api/v1/me" });
  }

  async agents(paging: api.Paging = {}): Promise<api.Page<api.Agent>> {
    return this.#json({ path: "/api/v1/agents", query: { ...paging } });
  }

  /** Newest first. */
  async conversations(query: api.Paging & { agent_id?: api.Id } = {}): Promise<api.Page<api.Conversation>> {
    return this.#json({ path: "/api/v1/conversations", query: { ...query } });
  }

  async deleteConversation(id: api.Id): Promise<void> {
    await this.#json({ method: "DELETE", path: `/api/v1/conversations/${segment(id)}`, headers: keyed() });
  }

  /** What was said, newest first. */
  async messages(conversationId: api.Id, paging: api.Paging = {}): Promise<api.Page<api.Message>> {
    return this.#json({ path: `/api/v1/conversations/${segment(conversationId)}/messages`, query: { ...paging } });
  }

  /** Newest first. */
  async runs(query: api.Paging & { conversation_id?: api.Id } = {}): Promise<api.Page<api.Run>> {
    return this.#json({ path: "/api/v1/runs", query: { ...query } });
  }

  async getRun(id: api.Id): Promise<api.Run> {
    return this.#json({ path: `/api/v1/runs/${segment(id)}` });
  }

  /** The stored events of a run, oldest first. */
  async events(runId: api.Id, paging: api.Paging = {}): Promise<api.Page<api.RunEvent & { created_at: api.Time }>> {
    return this.#json({ path: `/api/v1/runs/${segment(runId)}/events`, query: { ...paging } });
  }

  /** Starts a run without following it. */
  async startRun(order: RunOrder): Promise<api.RunStarted> {
    return this.#json(startOf(order, order.idempotencyKey ?? newIntent()));
  }

  async cancel(runId: api.Id): Promise<api.Run> {
    return this.#json({ method: "POST", path: `/api/v1/runs/${segment(runId)}/cancel`, headers: keyed() });
  }

  async approvals(
    query: api.Paging & { status?: api.ApprovalStatus; conversation_id?: api.Id } = {},
  ): Promise<api.Page<api.Approval>> {
    return this.#json({ path: "/api/v1/approvals", query: { ...query } });
  }

  async approval(id: api.Id): Promise<api.Approval> {
    return this.#json({ path: `/api/v1/approvals/${segment(id)}` });
  }

  /** Decides for exactly the arguments that were shown: those whose digest this is. */
  async decide(id: api.Id, decision: api.Decision, argsSha256: string): Promise<api.Approval> {
    const body = { decision, args_sha256: argsSha256 };
    return this.#json({ method: "POST", path: `/api/v1/approvals/${segment(id)}`, body, headers: keyed() });
  }

  /** Starts a run and follows it to its end or to run.waiting, through restarts of the server and of the network. */
  async *run(order: RunOrder): AsyncGenerator<api.RunEvent> {
    const start = startOf(order, order.idempotencyKey ?? newIntent());
    yield* this.#follow(undefined, order, { ...start, headers: { ...start.headers, ...STREAM } });
  }

  /** Follows a run that exists. */
  async *stream(runId: api.Id, following: Following = {}): AsyncGenerator<api.RunEvent> {
    yield* this.#follow(runId, following, undefined);
  }

  /** Goes on after run.waiting, once it was decided: what follows the event with this id. */
  continue(runId: api.Id, lastEventId: string, signal?: AbortSignal): AsyncGenerator<api.RunEvent> {
    return this.stream(runId, signal ? { lastEventId, signal } : { lastEventId });
  }

  async #json<T>(call: Call): Promise<T> {
    return this.#http.json(this.#sessions, call);
  }

  async *#follow(known: api.Id | undefined, following: Following, start?: Call): AsyncGenerator<api.RunEvent> {
    const leaving = new AbortController();
    const signal = following.signal ? AbortSignal.any([following.signal, leaving.signal]) : leaving.signal;
    let runId = known;
    let held: Held | undefined;
    const open = async (lastEventId: string | undefined): Promise<Response> => {
      held ??= await this.#sessions.held();
      const behind = lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId };
      // NOTE: until the run's id is known, the start is sent again with its one key, which never starts a second run.
      const call =
        runId === undefined && start ? start : { path: eventsOf(runId ?? ""), headers: { ...STREAM, ...behind } };
      return this.#http.open(this.#sessions, { ...call, identity: held.identity, signal });
    };
    const source = {
      open,
      isKnown: () => runId !== undefined,
      renew: async () => void (await this.#sessions.held()),
      isOver: async () => runId !== undefined && OVER.has((await this.getRun(runId)).status),
      onState: (state: api.ConnectionState) => this.#emitter.emit("state", { runId, state }),
    };
    try {
      for await (const event of follow(source, following.lastEventId, signal)) {
        runId ??= runOf(event);
        yield event;
      }
    } finally {
      leaving.abort();
    }
  }
}

function startOf({ agentId, text, fileIds, conversationId, signal }: RunOrder, key: string): Call {
  const conversation = conversationId === undefined ? {} : { conversation_id: conversationId };
  const files = fileIds?.length ? { file_ids: fileIds } : {};
  return {
    method: "POST",
    path: "/api/v1/runs",
    body: { agent_id: agentId, ...conversation, input: { text, ...files } },
    headers: { "Idempotency-Key": key },
    signal,
  };
}

function keyed(): Record<string, string> {
  return { "Idempotency-Key": newIntent() };
}

function eventsOf(runId: api.Id): string {
  return `/api/v1/runs/${segment(runId)}/events`;
}

/** An id as one segment of a path, whatever it holds. */
function segment(id: api.Id): string {
  return encodeURIComponent(id);
}
