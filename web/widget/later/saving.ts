/** A file on its way to the reader's disk: fetched in the session, saved under its name, never shown here. */
import { useState } from "preact/hooks";

import { Files } from "../../client/files.ts";
import type { Id } from "../../client/types.ts";
import type { Chat } from "../chat.ts";
import type { LaterKey } from "./words.ts";

const KEPT_MS = 60_000;

/** What is said of it while it comes or where it did not, and what begins it. */
export function useSaving(chat: Chat, id: Id, name: string): readonly [LaterKey | null, () => void] {
  const [said, say] = useState<LaterKey | null>(null);
  const save = async () => {
    say("saving");
    try {
      offer(await new Files(chat.client.calls).content(id), name);
      say(null);
    } catch (failure) {
      say((failure as { status?: number }).status === 404 ? "gone" : "notSaved");
    }
  };
  return [said, () => void (said === "saving" ? undefined : save())];
}

function offer(content: Blob, name: string): void {
  // NOTE: a type that no browser shows: whatever it holds, it is saved and not opened in this origin.
  const address = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
