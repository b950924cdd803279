/** Waiting: how long, and until what. */

import { local } from "./errors.ts";

const FIRST_MS = 250;
const LONGEST_MS = 5_000;
const LONGEST_ASKED_MS = 30_000;

/** The pause before try number `tries` + 1 (1, 2, ...): doubled each time, never above 5 s, a quarter of it by chance. */
export function backoff(tries: number, retryAfterSeconds?: number): number {
  const grown = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 10));
  const asked = Math.min(LONGEST_ASKED_MS, (retryAfterSeconds ?? 0) * 1000);
  return asked > 0 ? asked + Math.random() * FIRST_MS : grown * (0.75 + Math.random() * 0.25);
}

/** What `promise` gives, if it does so in time; throws `timeout` otherwise. */
export async function within<T>(ms: number, promise: Promise<T>, detail: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(local("timeout", detail)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the browser says that there is no network; elsewhere nobody knows. */
export function isOffline(): boolean {
  return typeof navigator !== "undefined" && "onLine" in navigator && !navigator.onLine;
}

/** Resolves after `ms`, or as soon as the network is back; rejects with the signal's reason. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const target = typeof window === "undefined" ? undefined : window;
    const timer = setTimeout(done, ms);
    target?.addEventListener("online", done);
    signal?.addEventListener("abort", stopped);
    function leave(): void {
      clearTimeout(timer);
      target?.removeEventListener("online", done);
      signal?.removeEventListener("abort", stopped);
    }
    function done(): void {
      leave();
      resolve();
    }
    function stopped(): void {
      leave();
      reject(signal?.reason);
    }
  });
}
