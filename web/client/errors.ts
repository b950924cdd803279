/** The one error of this client: an answer of the server (RFC 9457), or status 0 where none came. */

/** Codes with status 0: no answer was had, so nothing is known of what the server did. */
export type LocalCode =
  "network" | "timeout" | "bad_answer" | "event_too_large" | "identity_changed" | "token_failed" | "token_missing";

/** The last says that the same request, sent before, is still being answered. */
const TRANSIENT: ReadonlySet<string> = new Set(["network", "timeout", "idempotency_in_progress"]);

/** One fault of the input: where (a JSON pointer) and what. */
export interface FieldFault {
  pointer: string;
  detail: string;
}

export interface ErrorParts {
  status: number;
  code: string;
  detail?: string;
  requestId?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  errors?: FieldFault[];
  cause?: unknown;
}

/** `code` is stable and decides what to show; `detail` is safe to show to a developer. */
export class RingfenceError extends Error {
  override readonly name = "RingfenceError";
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly errors: FieldFault[];

  constructor(parts: ErrorParts) {
    super(parts.detail ? `${parts.code}: ${parts.detail}` : parts.code, { cause: parts.cause });
    this.status = parts.status;
    this.code = parts.code;
    this.detail = parts.detail ?? "";
    this.requestId = parts.requestId;
    this.retryAfter = parts.retryAfter;
    this.errors = parts.errors ?? [];
  }

  /** Whether trying the same again is right: nothing came, or a part of the server was away. */
  get isTransient(): boolean {
    return TRANSIENT.has(this.code) || isAway(this.status);
  }
}

/** An error without an answer. */
export function local(code: LocalCode, detail: string, cause?: unknown): RingfenceError {
  return new RingfenceError({ status: 0, code, detail, cause });
}

/** The error that an answer carries, whatever a proxy on the way made of it. */
export async function refusal(response: Response): Promise<RingfenceError> {
  const problem = await problemOf(response);
  return new RingfenceError({
    status: response.status,
    code: text(problem["code"]) ?? `http_${response.status}`,
    detail: text(problem["detail"]) ?? "",
    requestId: text(problem["request_id"]) ?? response.headers.get("request-id") ?? undefined,
    retryAfter: seconds(response.headers.get("retry-after")),
    errors: Array.isArray(problem["errors"]) ? (problem["errors"] as FieldFault[]) : [],
  });
}

function isAway(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504;
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(await response.text());
    return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Retry-After in seconds; its form with a date is read too. */
function seconds(header: string | null): number | undefined {
  if (header === null) return undefined;
  const found = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(found) ? Math.max(0, found) : undefined;
}
