/** The headless client of Ringfence: sessions, runs and approvals, without a user interface. */
export { ENDING, FINAL } from "./types.ts";
export type * from "./types.ts";
