/** Files: handed in whole or in pieces, and asked after until an agent can read them. */

import { local, RingfenceError } from "./errors.ts";
import type { Call, Calls } from "./http.ts";
import { newIntent } from "./intent.ts";
import type { FileInfo, Id, Page, Paging } from "./types.ts";
import { backoff, pause } from "./wait.ts";

export interface Progress {
  /** `checking`: all of it is there, and is being scanned and read. */
  phase: "sending" | "checking";
  sentBytes: number;
  totalBytes: number;
}

/** What is known of an upload on its way: with the same one, another try goes on where the last one ended. */
export interface UploadTicket {
  fileId?: Id | undefined;
  /** All of it is there. */
  isSent?: boolean;
}

export interface UploadOptions {
  /** Instead of the file's own; a Blob has none. */
  name?: string;
  onProgress?: (progress: Progress) => void;
  ticket?: UploadTicket;
  signal?: AbortSignal;
}

/** Up to here a file goes in one request. Above, in pieces: each one is progress, and none is sent twice. */
const WHOLE_BYTES = 512 * 1024;
const LEAST_BYTES = 64 * 1024;
const MOST_BYTES = 8 * 1024 * 1024;
/** A piece that was faster is followed by a larger one, one that was slower by a smaller one. */
const FAST_MS = 800;
const SLOW_MS = 4_000;
/** Tries without a single byte more, about half a minute with the network away. */
const TRIES = 8;
const LOOK_MS = [250, 400, 600, 1_000, 1_500, 2_500];
const UNPROCESSABLE = 422;
const TUS = { "Tus-Resumable": "1.0.0" };

export class Files {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Newest first. */
  async list(paging: Paging = {}): Promise<Page<FileInfo>> {
    return this.#calls.json({ path: "/api/v1/files", query: { ...paging } });
  }

  async get(id: Id, signal?: AbortSignal): Promise<FileInfo> {
    return this.#calls.json({ path: pathOf(id), signal });
  }

  async delete(id: Id): Promise<void> {
    await this.#calls.json({ method: "DELETE", path: pathOf(id), headers: { "Idempotency-Key": newIntent() } });
  }

  /** Its bytes, as they were handed in. */
  async content(id: Id, signal?: AbortSignal): Promise<Blob> {
    const response = await this.#calls.open({ path: `${pathOf(id)}/content`, headers: { Accept: "*/*" }, signal });
    return response.blob();
  }

  /**
   * Hands a file in and waits until it is ready. Throws RingfenceError, with the file's own code and status 422 where the
   * file is to blame; such a one is deleted.
   */
  async upload(file: Blob & { readonly name?: string }, options: UploadOptions = {}): Promise<FileInfo> {
    const { ticket = {}, signal } = options;
    const id = ticket.isSent && ticket.fileId ? ticket.fileId : await this.#sent(file, ticket, options);
    Object.assign(ticket, { fileId: id, isSent: true });
    options.onProgress?.({ phase: "checking", sentBytes: file.size, totalBytes: file.size });
    try {
      return await this.ready(id, signal);
    } catch (failure) {
      if (statusOf(failure) === UNPROCESSABLE) {
        Object.assign(ticket, { fileId: undefined, isSent: false });
        await this.delete(id).catch(() => undefined);
      }
      throw failure;
    }
  }

  async #sent(file: Blob & { readonly name?: string }, ticket: UploadTicket, options: UploadOptions): Promise<Id> {
    const { signal } = options;
    const tell = (sentBytes: number): void =>
      options.onProgress?.({ phase: "sending", sentBytes, totalBytes: file.size });
    const identity = await this.#calls.identity();
    const sending = new Sending(this.#calls, file, options.name ?? file.name ?? "file", { identity, signal });
    tell(0);
    try {
      const isSmall = file.size <= WHOLE_BYTES && ticket.fileId === undefined;
      return isSmall ? await sending.whole() : await sending.pieces(ticket, tell);
    } catch (failure) {
      // An upload that is gone, or was refused at its end, is begun anew by another try.
      if (statusOf(failure) >= 400 && statusOf(failure) < 500) ticket.fileId = undefined;
      throw failure;
    }
  }

  /** The file once it is ready; throws RingfenceError with its code where it never will be. */
  async ready(id: Id, signal?: AbortSignal): Promise<FileInfo> {
    for (let looks = 0; ; looks += 1) {
      const found = await this.get(id, signal);
      if (found.status === "ready") return found;
      if (found.status === "refused" || found.status === "failed") {
        const code = found.code ?? `file_${found.status}`;
        throw new RingfenceError({ status: UNPROCESSABLE, code, detail: `This file is ${found.status}.` });
      }
      await pause(LOOK_MS[Math.min(looks, LOOK_MS.length - 1)] ?? 0, signal);
    }
  }
}

/** One file on its way, in the session of one identity. */
class Sending {
  readonly #calls: Calls;
  readonly #file: Blob;
  readonly #name: string;
  readonly #bound: Pick<Call, "identity" | "signal">;

  constructor(calls: Calls, file: Blob, name: string, bound: Pick<Call, "identity" | "signal">) {
    this.#calls = calls;
    this.#file = file;
    this.#name = name;
    this.#bound = bound;
  }

  async whole(): Promise<Id> {
    const body = new FormData();
    body.append("file", this.#file, this.#name);
    const made = await this.#calls.json<FileInfo>({ method: "POST", path: "/api/v1/files", body, ...this.#bound });
    return made.id;
  }

  /** By tus 1.0.0. Where a piece is lost, the server says how much it has, and the rest follows. */
  async pieces(ticket: UploadTicket, onSent: (bytes: number) => void): Promise<Id> {
    let size = WHOLE_BYTES;
    let offset: number | undefined;
    for (let tries = 1; ; tries += 1) {
      try {
        if (ticket.fileId === undefined) {
          ticket.fileId = await this.#begin();
          offset = 0;
        }
        const id = ticket.fileId;
        offset ??= await this.#offset(id);
        while (offset < this.#file.size) {
          const began = Date.now();
          offset = await this.#piece(id, offset, size);
          onSent(offset);
          tries = 1;
          size = sizeAfter(size, Date.now() - began);
        }
        return id;
      } catch (failure) {
        if (!mayGoOn(failure) || tries === TRIES) throw failure;
        offset = undefined;
        size = Math.max(LEAST_BYTES, size / 4);
        await pause(backoff(tries, failure.retryAfter), this.#bound.signal);
      }
    }
  }

  async #begin(): Promise<Id> {
    const metadata = `filename ${base64(this.#name)},filetype ${base64(this.#file.type)}`;
    const headers = { ...TUS, "Upload-Length": String(this.#file.size), "Upload-Metadata": metadata };
    const answer = await this.#calls.open({ method: "POST", path: uploadOf(""), headers, ...this.#bound });
    const id = answer.headers.get("location")?.split("/").at(-1);
    if (!id) throw local("bad_answer", "The server did not say where the file goes.");
    return id;
  }

  async #offset(id: Id): Promise<number> {
    const answer = await this.#calls.open({ method: "HEAD", path: uploadOf(id), headers: TUS, ...this.#bound });
    return offsetOf(answer);
  }

  async #piece(id: Id, offset: number, size: number): Promise<number> {
    const answer = await this.#calls.open({
      method: "PATCH",
      path: uploadOf(id),
      headers: { ...TUS, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
      body: this.#file.slice(offset, offset + size),
      ...this.#bound,
    });
    const now = offsetOf(answer);
    if (now <= offset) throw local("bad_answer", "The server did not take the piece.");
    return now;
  }
}

/** Whether what is missing may be sent: nothing came, the server was away, or another try of this piece came first. */
function mayGoOn(failure: unknown): failure is RingfenceError {
  return isOurs(failure) && (failure.isTransient || failure.code === "offset_mismatch");
}

/** By its name: what threw it may be a copy of this class in another file. */
function isOurs(failure: unknown): failure is RingfenceError {
  return failure instanceof Error && failure.name === "RingfenceError";
}

function statusOf(failure: unknown): number {
  return isOurs(failure) ? failure.status : 0;
}

function sizeAfter(size: number, tookMs: number): number {
  if (tookMs < FAST_MS) return Math.min(MOST_BYTES, size * 2);
  return tookMs > SLOW_MS ? Math.max(LEAST_BYTES, size / 2) : size;
}

function offsetOf(answer: Response): number {
  const said = answer.headers.get("upload-offset") ?? "";
  if (!/^\d+$/.test(said)) throw local("bad_answer", "The server did not say how much it has.");
  return Number(said);
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

function pathOf(id: Id): string {
  return `/api/v1/files/${encodeURIComponent(id)}`;
}

function uploadOf(id: Id): string {
  return id === "" ? "/api/v1/files/uploads" : `/api/v1/files/uploads/${encodeURIComponent(id)}`;
}
