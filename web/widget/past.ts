/** What was there before: conversations and their turns, as the server keeps them. */
import type { Client } from "../client/client.ts";
import { RingfenceError } from "../client/errors.ts";
import type { Conversation, Id, Run } from "../client/types.ts";
import type { Past } from "./state.ts";
import * as thread from "./thread.ts";
import type { Turn } from "./thread.ts";

const RECENT_MS = 30 * 60_000;
const PAGE = 50;
/** Of how many of the newest runs the tool calls and approvals are read again. */
const RETOLD = 6;

export async function agentName(client: Client, agentId: Id): Promise<string> {
  const { items } = await client.agents({ limit: 200 });
  const agent = items.find((one) => one.id === agentId);
  if (!agent) throw new RingfenceError({ status: 404, code: "agent_missing" });
  return agent.name;
}

/** The newest conversation that somebody would expect to find open. */
export async function warm(client: Client, agentId: Id, userId: Id): Promise<Conversation | undefined> {
  const [conversations, runs] = await Promise.all([
    client.conversations({ limit: 20, agent_id: agentId }),
    client.runs({ limit: 20 }),
  ]);
  const isRecent = (time: string) => Date.now() - Date.parse(time) < RECENT_MS;
  const where = (is: (run: Run) => boolean) => new Set(runs.items.filter(is).map((run) => run.conversation_id));
  const active = where((run) => thread.ACTIVE.has(run.status));
  const recent = where((run) => isRecent(run.created_at));
  const own = conversations.items.filter((one) => one.user_id === userId);
  return own.find(({ id }) => active.has(id)) ?? own.find((one) => recent.has(one.id) || isRecent(one.updated_at));
}

/** The user's own, newest first; an administrator may read others', but not here. */
export async function conversations(
  client: Client,
  agentId: Id,
  userId: Id,
  cursor: string | null,
): Promise<{ found: Past[]; next: string | null }> {
  const query = { limit: 20, agent_id: agentId };
  const page = await client.conversations(cursor ? { ...query, cursor } : query);
  const own = page.items.filter((one) => one.user_id === userId);
  const found = own.map(({ id, updated_at, preview }) => ({ id, at: Date.parse(updated_at), preview: preview ?? "" }));
  return { found, next: page.next_cursor };
}

interface Turns {
  readonly turns: readonly Turn[];
  readonly older: string | null;
}

/** The newest turns of a conversation, with what the last ones did beside their words. */
export async function conversation(client: Client, id: Id): Promise<Turns> {
  const [messages, runs] = await Promise.all([
    client.messages(id, { limit: PAGE }),
    client.runs({ conversation_id: id, limit: 20 }),
  ]);
  const known = new Map(runs.items.map((run) => [run.id, run]));
  const turns = thread.turnsOf(messages.items, known);
  const retold = await Promise.all(turns.slice(-RETOLD).map((turn) => retell(client, turn)));
  return { turns: [...turns.slice(0, -RETOLD), ...retold], older: messages.next_cursor };
}

/** The turns before these. */
export async function older(client: Client, id: Id, cursor: string): Promise<Turns> {
  const page = await client.messages(id, { limit: PAGE, cursor });
  return { turns: thread.turnsOf(page.items, new Map()), older: page.next_cursor };
}

/** Older turns before newer ones; a run whose messages lie on two pages is one turn. */
export function joined(before: readonly Turn[], after: readonly Turn[]): Turn[] {
  const last = before.at(-1);
  const first = after[0];
  if (!last || last.runId !== first?.runId) return [...before, ...after];
  const parts = [...last.parts, ...first.parts];
  const { text, files, at } = last.text ? last : first;
  return [...before.slice(0, -1), { ...first, text, files, at, parts }, ...after.slice(1)];
}

async function retell(client: Client, turn: Turn): Promise<Turn> {
  if (thread.isActive(turn)) return turn;
  try {
    const { items } = await client.events(turn.key, { limit: 500 });
    const blank: Turn = { ...turn, status: "running", parts: [] };
    const told = items.reduce((one, event) => thread.reduce(one, event, Date.parse(event.created_at)), blank);
    return thread.isActive(told) ? turn : told;
  } catch {
    return turn;
  }
}
