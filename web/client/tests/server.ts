/** A server on this machine that answers as a test says, and remembers what it was asked. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, type ClientOptions, createClient } from "../index.ts";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: Record<string, unknown>;
  /** The body as it came. */
  bytes: Buffer;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

export class TestServer {
  readonly asked: Asked[] = [];
  /** By method and path; the answers to one are taken in order, and the last one stays. */
  readonly answers = new Map<string, Answer[]>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  sessions = 0;
  expiresIn = 3600;

  constructor() {
    this.on("POST /api/v1/embed/auth", (_, response) => this.grant(response));
    this.on("POST /api/v1/embed/refresh", (_, response) => this.grant(response));
  }

  static async started(): Promise<TestServer> {
    const server = new TestServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  client(options: Partial<ClientOptions> = {}): Client {
    return createClient({ baseUrl: this.url, getToken: () => "jwt", ...options });
  }

  on(route: string, ...answers: Answer[]): void {
    this.answers.set(route, answers);
  }

  to(path: string): Asked[] {
    return this.asked.filter((asked) => asked.path === path);
  }

  grant(response: ServerResponse, userId = "alice"): void {
    this.sessions += 1;
    json(response, 200, {
      session_token: `access-${this.sessions}`,
      token_type: "Bearer",
      expires_in: this.expiresIn,
      refresh_token: `refresh-${this.sessions}`,
      user: { id: userId, display_name: "Alice", email: null, role: "member" },
      organization: { id: "rose", external_id: "rose", name: "Rose", region: "eu" },
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received: Uint8Array<ArrayBuffer>[] = [];
    for await (const piece of request) received.push(new Uint8Array(piece as Buffer));
    const bytes = Buffer.concat(received);
    const path = request.url ?? "";
    const isJson = request.headers["content-type"] === "application/json";
    const body = isJson ? JSON.parse(bytes.toString()) : {};
    const asked = { method: request.method ?? "", path, headers: request.headers, body, bytes };
    this.asked.push(asked);
    const answers = this.answers.get(`${asked.method} ${path}`) ?? [(_, to) => problem(to, 404, "not_found")];
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(asked, response);
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, headers = {}): void {
  response.writeHead(status, { "content-type": "application/problem+json", ...headers });
  response.end(JSON.stringify({ type: `urn:x:${code}`, status, code, detail: "In words.", request_id: "r-1" }));
}

/** Sends events and ends the stream, or cuts the connection, or leaves it open. */
export function events(
  list: [id: string, event: string, data: unknown][],
  then: "end" | "cut" | "open" = "end",
): Answer {
  return (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const [id, event, data] of list) {
      response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    }
    if (then === "end") response.end();
    // The bytes above are on their way before the connection goes.
    if (then === "cut") setTimeout(() => response.destroy(), 20);
  };
}

export const cut: Answer = (_, response) => void response.destroy();

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
