/** The audit log of the own organization, for its administrators: read, taken away, proved. */

import type { Call, Calls } from "./http.ts";
import type { AuditConsistency, AuditEntry, AuditFilter, AuditFormat, Id, Page, Paging } from "./types.ts";

const LOG = "/api/v1/audit-log";

export class AuditLog {
  readonly #calls: Calls;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** Newest first. */
  async list(query: Paging & AuditFilter = {}): Promise<Page<AuditEntry>> {
    return this.#calls.json({ path: LOG, query: { ...query } });
  }

  /** The log as a file: a stream that fails where the answer was cut. A verifiable one takes no filter. */
  async export(
    query: AuditFilter & { format?: AuditFormat; from_index?: number } = {},
    signal?: AbortSignal,
  ): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const response = await this.#open({ path: `${LOG}/export`, query: { ...query }, signal });
    return response.body ?? new ReadableStream();
  }

  /** The newest checkpoint: a signed note to keep. */
  async checkpoint(): Promise<string> {
    return (await this.#open({ path: `${LOG}/checkpoint` })).text();
  }

  /** The receipt of an entry, for verify.py. */
  async receipt(entryId: Id): Promise<string> {
    return (await this.#open({ path: `${LOG}/entries/${encodeURIComponent(entryId)}/proof` })).text();
  }

  /** That the log of a checkpoint of size `to` goes on from one of size `from`, for verify.py. */
  async consistency(from: number, to: number): Promise<AuditConsistency> {
    return this.#calls.json({ path: `${LOG}/consistency`, query: { from, to } });
  }

  async #open(call: Call): Promise<Response> {
    return this.#calls.open({ ...call, headers: { Accept: "*/*" } });
  }
}
