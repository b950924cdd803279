/** The headless client of Ringfence: sessions, runs and approvals, without a user interface. */
export { assemble, begin, reduce } from "./assemble.ts";
export type { ApprovalView, MessagePart, RunPart, RunView, ToolPart } from "./assemble.ts";
export { AuditLog } from "./audit.ts";
export { newIntent } from "./intent.ts";
export type { ClientEvents, ClientOptions, Following, RunOrder } from "./client.ts";
export { RingfenceError } from "./errors.ts";
export { Files } from "./files.ts";
export type { Progress, UploadOptions, UploadTicket } from "./files.ts";
export type { GetToken } from "./sessions.ts";
export { ENDING, FINAL } from "./types.ts";
export type * from "./types.ts";
export { Client, createClient } from "./whole.ts";
