/** Server-sent events out of bytes, wherever these are cut (WHATWG HTML, section 9.2.6). */

import { local } from "./errors.ts";
import { within } from "./wait.ts";

export interface Frame {
  id: string;
  event: string;
  data: string;
}

/** UTF-16 units of one event; the server's longest is well below. */
const MOST = 8 * 1024 * 1024;

export class FrameParser {
  readonly #decoder = new TextDecoder();
  readonly #most: number;
  #line: string[] = [];
  #held = 0;
  #afterReturn = false;
  #id = "";
  #event = "";
  #data: string[] = [];

  constructor(most = MOST) {
    this.#most = most;
  }

  /** The events that these bytes complete; throws `event_too_large` rather than hold more than a bounded one. */
  push(bytes: Uint8Array): Frame[] {
    const text = this.#decoder.decode(bytes, { stream: true });
    const frames: Frame[] = [];
    let from = this.#afterReturn && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#afterReturn = text.endsWith("\r");
    for (const end of text.matchAll(/\r\n|\r|\n/g)) {
      if (end.index < from) continue;
      this.#hold(text.slice(from, end.index));
      from = end.index + end[0].length;
      const frame = this.#endLine();
      if (frame) frames.push(frame);
    }
    this.#hold(text.slice(from));
    return frames;
  }

  #hold(text: string): void {
    if (text === "") return;
    this.#held += text.length;
    if (this.#held > this.#most) throw local("event_too_large", "The server sent an event that is too large to read.");
    this.#line.push(text);
  }

  #endLine(): Frame | undefined {
    const line = this.#line.join("");
    this.#line = [];
    if (line === "") return this.#endEvent();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#data.push(value);
    else {
      this.#held -= line.length;
      if (field === "event") this.#event = value;
      else if (field === "id" && !value.includes("\0")) this.#id = value;
    }
    return undefined;
  }

  #endEvent(): Frame | undefined {
    const frame = { id: this.#id, event: this.#event || "message", data: this.#data.join("\n") };
    const isOne = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    this.#held = 0;
    return isOne ? frame : undefined;
  }
}

/** The events of a body; ends with it, throws `timeout` after `silenceMs` without a byte. Leaving ends the request. */
export async function* frames(body: ReadableStream<Uint8Array>, silenceMs: number): AsyncGenerator<Frame> {
  const parser = new FrameParser();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await within(silenceMs, reader.read(), "The stream fell silent.");
      if (done) return;
      yield* parser.push(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
