/** The headless client of Ringfence: sessions, runs and approvals, without a user interface. */
export { assemble, begin, reduce } from "./assemble.ts";
export type { ApprovalView, MessagePart, RunPart, RunView, ToolPart } from "./assemble.ts";
export { Client, createClient, newIntent } from "./client.ts";
export type { ClientEvents, ClientOptions, Following, RunOrder } from "./client.ts";
export { RingfenceError } from "./errors.ts";
export type { GetToken } from "./sessions.ts";
export { ENDING, FINAL } from "./types.ts";
export type * from "./types.ts";
