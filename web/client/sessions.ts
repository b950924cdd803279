/** The caller's session: made from the partner's token, renewed in time, kept in memory alone. */

import { local, RingfenceError } from "./errors.ts";
import type { Session, SessionAnswer } from "./types.ts";
import { backoff, pause } from "./wait.ts";

/** Gives a token signed by the partner's server, a new one at each call. */
export type GetToken = () => Promise<string> | string;

/** Sends one request without credentials; gives its JSON, throws RingfenceError. */
export type Post = (path: string, body: unknown) => Promise<unknown>;

/** A session as requests use it. `identity` counts: it is another number for another user or organization. */
export interface Held {
  access: string;
  identity: number;
  session: Session;
}

interface Kept extends Held {
  refresh: string;
  renewAt: number;
}

export interface SessionListener {
  onSession(session: Session): void;
  onIdentity(change: { previous: Session; session: Session }): void;
}

const TRIES = 6;
const LEAD = 0.2;
const LONGEST_LEAD_MS = 60_000;

export class Sessions {
  readonly #getToken: GetToken;
  readonly #post: Post;
  readonly #listener: SessionListener;
  #kept: Kept | undefined;
  #last: Held | undefined;
  #renewing: Promise<Held> | undefined;

  constructor(getToken: GetToken, post: Post, listener: SessionListener) {
    this.#getToken = getToken;
    this.#post = post;
    this.#listener = listener;
  }

  /** A session that stands for a while; however many ask, one request is made. */
  async held(): Promise<Held> {
    if (this.#kept && Date.now() < this.#kept.renewAt) return this.#kept;
    return this.#renewed();
  }

  /** The session after `refused`, which the server no longer takes. */
  async after(refused: string): Promise<Held> {
    if (this.#kept && this.#kept.access !== refused) return this.held();
    return this.#renewed();
  }

  /** Forgets the session and ends it on the server. */
  async end(): Promise<void> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept) await this.#post("/api/v1/embed/logout", { refresh_token: kept.refresh });
  }

  #renewed(): Promise<Held> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(): Promise<Held> {
    const refresh = this.#kept?.refresh;
    if (refresh !== undefined) {
      try {
        return this.#keep(await this.#asked("/api/v1/embed/refresh", () => ({ refresh_token: refresh })));
      } catch (failure) {
        if (!(failure instanceof RingfenceError) || failure.isTransient) throw failure;
        this.#kept = undefined;
      }
    }
    return this.#keep(await this.#asked("/api/v1/embed/auth", async () => ({ token: await this.#token() })));
  }

  /** NOTE: the body is made anew for each try, for a partner's token is spent even where its answer was lost. */
  async #asked(path: string, body: () => unknown): Promise<SessionAnswer> {
    for (let tries = 1; ; tries += 1) {
      const sent = await body();
      try {
        return parsed(await this.#post(path, sent));
      } catch (failure) {
        if (!(failure instanceof RingfenceError) || !failure.isTransient || tries === TRIES) throw failure;
        await pause(backoff(tries, failure.retryAfter));
      }
    }
  }

  async #token(): Promise<string> {
    let token: unknown;
    try {
      token = await this.#getToken();
    } catch (failure) {
      if (failure instanceof RingfenceError) throw failure;
      throw local("token_failed", "The page could not get a token from its server.", failure);
    }
    if (typeof token !== "string" || token === "") throw local("token_missing", "The page's server gave no token.");
    return token;
  }

  #keep(answer: SessionAnswer): Held {
    const lifeMs = answer.expires_in * 1000;
    const leadMs = Math.min(LONGEST_LEAD_MS, lifeMs * LEAD) * (0.5 + Math.random() * 0.5);
    const now = Date.now();
    const session = { user: answer.user, organization: answer.organization, expires_at: now + lifeMs };
    const last = this.#last;
    const isOther = last !== undefined && !isSame(last.session, session);
    const identity = (last?.identity ?? 0) + (isOther ? 1 : 0);
    const kept = { access: answer.session_token, identity, session };
    this.#last = kept;
    this.#kept = { ...kept, refresh: answer.refresh_token, renewAt: now + lifeMs - leadMs };
    if (isOther) this.#listener.onIdentity({ previous: last.session, session });
    this.#listener.onSession(session);
    return this.#kept;
  }
}

function isSame(one: Session, other: Session): boolean {
  return one.user.id === other.user.id && one.organization.id === other.organization.id;
}

function parsed(body: unknown): SessionAnswer {
  const answer = body as Partial<SessionAnswer> | null;
  const isOne =
    typeof answer?.session_token === "string" &&
    typeof answer.refresh_token === "string" &&
    typeof answer.expires_in === "number" &&
    typeof answer.user?.id === "string" &&
    typeof answer.organization?.id === "string";
  if (!isOne) throw local("bad_answer", "The server answered something else than a session.");
  return answer as SessionAnswer;
}
