/** Following a run to its end, over however many connections that takes. */

import { local, RingfenceError } from "./errors.ts";
import { type Frame, frames } from "./frames.ts";
import { ENDING, type ConnectionState, type Id, type RunEvent } from "./types.ts";
import { backoff, isOffline, pause } from "./wait.ts";

/** What following needs of the client. */
export interface Source {
  /** Opens a stream behind an event; at the run's start where none is named. */
  open(lastEventId: string | undefined): Promise<Response>;
  /** Whether the run is known to exist: then nothing but its end is a reason to stop. */
  isKnown(): boolean;
  /** Sees to a session, where the server said that it is over. */
  renew(): Promise<void>;
  /** Whether the run has ended, as far as the server knows. */
  isOver(): Promise<boolean>;
  onState(state: ConnectionState): void;
}

const SILENCE_MS = 45_000;
/** How often a start that is answered "not now" is tried again. */
const STARTS = 5;
const SESSION_ENDED = "session.ended";

/** The run's events until a final one or run.waiting. Throws what trying again cannot mend. */
export async function* follow(
  source: Source,
  from: string | undefined,
  signal?: AbortSignal,
): AsyncGenerator<RunEvent> {
  let lastEventId = from;
  let tries = 0;
  let isLastLook = false;
  source.onState("connecting");
  for (;;) {
    const connection: Connection = { isClean: false, isRenewal: false, events: 0 };
    let retryAfter: number | undefined;
    try {
      for await (const event of connected(source, lastEventId, connection)) {
        lastEventId = event.id || lastEventId;
        tries = 0;
        yield event;
        if (ENDING.has(event.event)) return;
      }
      if (connection.isRenewal) await source.renew();
      // A stream that ends without a word: nothing is left to tell of a run that was over before it began.
      else if (connection.isClean && connection.events === 0) {
        if (isLastLook) return;
        isLastLook = await source.isOver();
      }
    } catch (failure) {
      if (signal?.aborted) throw signal.reason;
      if (!(failure instanceof RingfenceError) || !failure.isTransient) throw failure;
      if (!source.isKnown() && failure.status > 0 && tries >= STARTS) throw failure;
      retryAfter = failure.retryAfter;
    }
    if (connection.isRenewal && connection.events > 0) continue;
    tries += 1;
    source.onState(isOffline() ? "offline" : "reconnecting");
    await pause(backoff(tries, retryAfter), signal);
  }
}

interface Connection {
  /** It ended as streams end, not by a failure. */
  isClean: boolean;
  /** It ended because the session did. */
  isRenewal: boolean;
  events: number;
}

async function* connected(source: Source, from: string | undefined, connection: Connection): AsyncGenerator<RunEvent> {
  const response = await source.open(from);
  if (!response.body || !response.headers.get("content-type")?.startsWith("text/event-stream")) {
    throw local("bad_answer", "The server answered something else than a stream.");
  }
  source.onState("streaming");
  try {
    for await (const frame of frames(response.body, SILENCE_MS)) {
      if (frame.event === SESSION_ENDED) {
        connection.isRenewal = true;
        return;
      }
      connection.events += 1;
      yield eventOf(frame);
    }
    connection.isClean = true;
  } catch (failure) {
    throw failure instanceof RingfenceError ? failure : local("network", "The stream was cut short.", failure);
  }
}

function eventOf({ id, event, data }: Frame): RunEvent {
  try {
    return { id, event, data: JSON.parse(data) as unknown } as RunEvent;
  } catch (failure) {
    throw local("bad_answer", "The server sent an event that is no JSON.", failure);
  }
}

/** The run that its first event names. */
export function runOf(event: RunEvent): Id | undefined {
  return event.event === "run.started" || event.event === "run.queued" ? event.data.run_id : undefined;
}
