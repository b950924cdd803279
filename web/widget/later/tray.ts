/** What is to be sent with the next message: files that were chosen, on their way, ready, or refused. */
import type { Client } from "../../client/client.ts";
import { Files, type Progress, type UploadTicket } from "../../client/files.ts";
import type { FileInfo, FileRef } from "../../client/types.ts";
import type { Words } from "../messages.ts";
import { endingOf, isTaken } from "./kinds.ts";
import { watchPage } from "./drops.ts";
import { faultOf } from "./faults.ts";
import { type LaterKey, tell } from "./words.ts";

export const MOST = 10;
/** Sent at the same time; the others wait for their turn. */
const ABREAST = 3;

export interface Item {
  readonly key: string;
  readonly file: File;
  readonly state: "waiting" | "sending" | "checking" | "ready" | "failed";
  readonly sentBytes: number;
  readonly fault: LaterKey | null;
  readonly mayRetry: boolean;
  readonly info: FileInfo | null;
}

export type Uploads = Pick<Files, "upload" | "delete">;

/** The tray of a chat: what is dropped on the frame or pasted into it comes here. */
export function newTray(client: Client, onChange: () => void): Tray {
  const tray = new Tray(new Files(client.calls), onChange);
  watchPage(tray);
  return tray;
}

export class Tray {
  items: readonly Item[] = [];
  /** Whether files are held over the page. */
  isOver = false;
  /** That more were chosen than go with one message. */
  isOverfull = false;
  /** What a screen reader hears next: how each file ended, not its way there. */
  news: readonly Item[] = [];
  readonly #files: Uploads;
  readonly #onChange: () => void;
  readonly #tickets = new Map<string, { ticket: UploadTicket; leaving: AbortController }>();
  #count = 0;

  constructor(files: Uploads, onChange: () => void) {
    this.#files = files;
    this.#onChange = onChange;
  }

  /** Whether something here keeps the message from being sent. */
  get isBusy(): boolean {
    return this.items.some((item) => item.state !== "ready");
  }

  hint(words: Words): string {
    if (this.isOverfull) return tell(words, "tooMany", { count: String(MOST) });
    if (!this.isBusy) return "";
    return tell(words, this.items.some((item) => isUnderWay(item)) ? "wait" : "mend");
  }

  over(isOver: boolean): void {
    if (this.isOver === isOver) return;
    this.isOver = isOver;
    this.#onChange();
  }

  add(files: readonly File[]): void {
    const room = MOST - this.items.length;
    const items = files.slice(0, room).map((file) => this.#chosen(file));
    this.isOverfull = files.length > room;
    this.news = items.filter((item) => item.fault);
    this.items = [...this.items, ...items];
    this.#next();
  }

  remove(key: string): void {
    const { ticket, leaving } = this.#tickets.get(key) ?? {};
    leaving?.abort();
    // What nobody sends is not kept; where that fails, it is among the user's files.
    if (ticket?.fileId) this.#files.delete(ticket.fileId).catch(() => undefined);
    this.#drop(key);
    this.#next();
  }

  retry(key: string): void {
    this.#change(key, { state: "waiting", fault: null, sentBytes: 0 });
    this.#next();
  }

  /** The files of the message that is sent now: the tray is empty afterwards. */
  take(): readonly FileRef[] {
    const ready = this.items.flatMap(({ info }) => (info ? [info] : []));
    this.#empty();
    return ready.map(({ id, name, media_type, size_bytes }) => ({ id, name, media_type, size_bytes }));
  }

  /** Somebody else sits here now. */
  clear(): void {
    for (const { leaving } of this.#tickets.values()) leaving.abort();
    this.#empty();
    this.#onChange();
  }

  #chosen(file: File): Item {
    this.#count += 1;
    const fault = !isTaken(endingOf(file.name), file.type) ? "not_allowed" : file.size === 0 ? "empty" : null;
    const state = fault ? "failed" : "waiting";
    return { key: `file-${this.#count}`, file, state, sentBytes: 0, fault, mayRetry: false, info: null };
  }

  /** Begins what has its turn, and shows how things stand. */
  #next(): void {
    const free = ABREAST - this.items.filter(({ state }) => state === "sending" || state === "checking").length;
    for (const item of this.items.filter(({ state }) => state === "waiting").slice(0, Math.max(0, free))) {
      void this.#send(item);
    }
    this.#onChange();
  }

  async #send({ key, file }: Item): Promise<void> {
    const ticket = this.#tickets.get(key)?.ticket ?? {};
    const leaving = new AbortController();
    this.#tickets.set(key, { ticket, leaving });
    this.#change(key, { state: "sending" });
    const onProgress = ({ phase, sentBytes }: Progress) => {
      this.#change(key, { state: phase, sentBytes });
      this.#onChange();
    };
    try {
      const info = await this.#files.upload(file, { ticket, onProgress, signal: leaving.signal });
      if (!leaving.signal.aborted) this.#ended(key, { state: "ready", info });
    } catch (failure) {
      if (!leaving.signal.aborted) this.#ended(key, { state: "failed", ...faultOf(failure) });
    }
    this.#next();
  }

  #ended(key: string, change: Partial<Item>): void {
    this.#change(key, change);
    this.news = this.items.filter((item) => item.key === key);
  }

  #change(key: string, change: Partial<Item>): void {
    this.items = this.items.map((item) => (item.key === key ? { ...item, ...change } : item));
  }

  #drop(key: string): void {
    this.items = this.items.filter((item) => item.key !== key);
    this.news = [];
    this.isOverfull = false;
    this.#tickets.delete(key);
  }

  #empty(): void {
    this.#tickets.clear();
    this.items = this.news = [];
    this.isOverfull = false;
  }
}

function isUnderWay({ state }: Item): boolean {
  return state !== "ready" && state !== "failed";
}
