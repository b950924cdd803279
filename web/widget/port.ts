/** The one line to the host page: a port, handed over once, by the page that the server let embed this frame. */
import { RingfenceError } from "../client/errors.ts";
import type { Theme } from "./theme.ts";

export type Scheme = "light" | "dark" | "auto";
export type Mode = "inline" | "bubble";

export interface Init {
  readonly theme: Theme;
  readonly scheme: Scheme;
  readonly locale: string;
  readonly mode: Mode;
  readonly open: boolean;
  readonly files: boolean;
}

export interface HostEvents {
  onTheme(theme: Theme, scheme: Scheme): void;
  onOpen(isOpen: boolean): void;
}

const TOKEN_MS = 20_000;

type Waiting = (answer: { token?: unknown; error?: { code?: unknown } }) => void;

/** The port of the first true connect; forged ones, from other windows or origins, are not answered. */
export function connected(parentOrigin: string): Promise<MessagePort> {
  return new Promise((resolve) => {
    const listen = (event: MessageEvent) => {
      const port = event.ports[0];
      const data = event.data as { ringfence?: unknown; type?: unknown } | null;
      if (event.source !== window.parent) return;
      if (event.origin !== parentOrigin) return;
      if (data?.ringfence !== 1 || data.type !== "connect") return;
      if (!port || event.ports.length !== 1) return;
      removeEventListener("message", listen);
      resolve(port);
    };
    addEventListener("message", listen);
  });
}

export class Host {
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, Waiting>();
  #events: HostEvents | null = null;
  #asked = 0;

  /** Resolves with the first `init`. */
  static open(port: MessagePort): Promise<readonly [Host, Init]> {
    return new Promise((resolve) => {
      const host = new Host(port);
      port.onmessage = ({ data }: MessageEvent) => {
        if ((data as { type?: unknown } | null)?.type !== "init") return;
        port.onmessage = (event) => host.#receive(event.data as Record<string, unknown> | null);
        resolve([host, init(data as Record<string, unknown>)]);
      };
    });
  }

  constructor(port: MessagePort) {
    this.#port = port;
  }

  listen(events: HostEvents): void {
    this.#events = events;
  }

  /** A token of the host's own server. */
  token(): Promise<string> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => answer({}), TOKEN_MS);
      const answer: Waiting = ({ token, error }) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (typeof token === "string" && token !== "") resolve(token);
        else reject(new RingfenceError({ status: 0, code: tokenCode(error?.code) }));
      };
      this.#waiting.set(id, answer);
      this.#port.postMessage({ type: "token", id });
    });
  }

  ready(): void {
    this.#port.postMessage({ type: "ready" });
  }

  close(): void {
    this.#port.postMessage({ type: "close" });
  }

  unread(count: number): void {
    this.#port.postMessage({ type: "unread", count });
  }

  /** Ids alone: what is said stays in the frame. */
  tell(name: "session" | "run" | "error", detail: Readonly<Record<string, string>>): void {
    this.#port.postMessage({ type: "event", name, detail });
  }

  #receive(data: Record<string, unknown> | null): void {
    switch (data?.["type"]) {
      case "token":
        return this.#waiting.get(Number(data["id"]))?.(data);
      case "theme":
        return this.#events?.onTheme(themeOf(data["theme"]), schemeOf(data["scheme"]));
      case "open":
      case "close":
        return this.#events?.onOpen(data["type"] === "open");
    }
  }
}

function init(data: Record<string, unknown>): Init {
  return {
    theme: themeOf(data["theme"]),
    scheme: schemeOf(data["scheme"]),
    locale: typeof data["locale"] === "string" ? data["locale"] : "",
    mode: data["mode"] === "inline" ? "inline" : "bubble",
    open: data["open"] === true,
    files: data["files"] !== false,
  };
}

function schemeOf(value: unknown): Scheme {
  return value === "light" || value === "dark" ? value : "auto";
}

function themeOf(value: unknown): Theme {
  return typeof value === "object" && value !== null ? value : {};
}

/** What the loader says went wrong, as one of the few things that a reader is told. */
function tokenCode(code: unknown): string {
  return code === "token_url_not_json" ? "token_format" : "token_failed";
}
