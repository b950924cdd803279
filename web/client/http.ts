/** Requests with a session: renewed where it is refused, tried again where trying again is right. */

import { local, refusal, RingfenceError } from "./errors.ts";
import type { Held, Sessions } from "./sessions.ts";
import { backoff, pause, within } from "./wait.ts";

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export interface Call {
  method?: "GET" | "HEAD" | "POST" | "PATCH" | "DELETE";
  path: string;
  query?: Record<string, string | number | undefined>;
  /** A blob and a form go as they are, everything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Only in the session of this identity; any, where it is undefined. */
  identity?: number | undefined;
  signal?: AbortSignal | undefined;
}

/** What a part of the client needs of it. */
export interface Calls {
  /** Tried again where trying again is right. */
  json<T>(call: Call): Promise<T>;
  /** Tried once. */
  open(call: Call): Promise<Response>;
  /** Whose session it is now: see Call.identity. */
  identity(): Promise<number>;
}

const TRIES = 6;
const ANSWER_MS = 30_000;
const UNAUTHORIZED = 401;

export class Http {
  readonly #base: string;
  readonly #fetch: Fetch;

  constructor(base: string, fetch: Fetch) {
    this.#base = base.replace(/\/+$/, "");
    this.#fetch = fetch;
  }

  /** One request without a session. */
  async post(path: string, body: unknown): Promise<unknown> {
    return answerOf(await this.#sent({ method: "POST", path, body }, {}));
  }

  /** The JSON of a call; tries again for a while where no answer came or the server was away. */
  async json<T>(sessions: Sessions, call: Call): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return (await answerOf(await this.open(sessions, call))) as T;
      } catch (failure) {
        if (!mayRepeat(failure) || tries === TRIES) throw failure;
        await pause(backoff(tries, failure.retryAfter), call.signal);
      }
    }
  }

  /** The answer of one request, its body unread; throws RingfenceError for all but 2xx. */
  async open(sessions: Sessions, call: Call): Promise<Response> {
    const held = only(call.identity, await sessions.held());
    try {
      return await this.#sent(call, bearer(held));
    } catch (failure) {
      if (!(failure instanceof RingfenceError) || failure.status !== UNAUTHORIZED) throw failure;
    }
    // Nothing of a refused request was done, but it may be repeated in the name of the same user only.
    return this.#sent(call, bearer(only(held.identity, await sessions.after(held.access))));
  }

  async #sent(call: Call, credentials: Record<string, string>): Promise<Response> {
    const leaving = new AbortController();
    const timer = setTimeout(() => leaving.abort(local("timeout", "The server did not answer in time.")), ANSWER_MS);
    // The caller's signal ends the body too, which is read after this returns.
    const signal = call.signal ? AbortSignal.any([call.signal, leaving.signal]) : leaving.signal;
    try {
      const response = await this.#fetch(this.#address(call), init(call, credentials, signal));
      if (!response.ok) throw await refusal(response);
      return response;
    } catch (failure) {
      if (call.signal?.aborted) throw call.signal.reason;
      if (failure instanceof RingfenceError) throw failure;
      if (leaving.signal.aborted) throw leaving.signal.reason;
      throw local("network", "The server could not be reached.", failure);
    } finally {
      clearTimeout(timer);
    }
  }

  #address({ path, query = {} }: Call): string {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.#base + path + (search && `?${search}`);
  }
}

/** Whether the same request may be sent again: GETs and keyed POSTs alone come here. */
function mayRepeat(failure: unknown): failure is RingfenceError {
  return failure instanceof RingfenceError && failure.isTransient;
}

function only(identity: number | undefined, held: Held): Held {
  if (identity !== undefined && identity !== held.identity) {
    throw local("identity_changed", "Somebody else is logged in now.");
  }
  return held;
}

function bearer({ access }: Held): Record<string, string> {
  return { Authorization: `Bearer ${access}` };
}

function init(call: Call, credentials: Record<string, string>, signal: AbortSignal): RequestInit {
  const { body } = call;
  const isRaw = body instanceof Blob || body instanceof FormData;
  const content = isRaw || body === undefined ? {} : { "Content-Type": "application/json" };
  return {
    method: call.method ?? "GET",
    headers: { Accept: "application/json", ...content, ...call.headers, ...credentials },
    ...(body === undefined ? {} : { body: isRaw ? body : JSON.stringify(body) }),
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
    signal,
  };
}

async function answerOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const cut = (failure: unknown): never => {
    throw local("network", "The answer was cut short.", failure);
  };
  const text = await within(ANSWER_MS, response.text().catch(cut), "The answer did not come to its end.");
  try {
    return JSON.parse(text);
  } catch (failure) {
    throw local("bad_answer", "The server's answer is no JSON.", failure);
  }
}
