/** The files that went with a message: each a button that saves it. */
import type { VNode } from "preact";

import type { FileRef } from "../../client/types.ts";
import type { Chat } from "../chat.ts";
import type { Words } from "../messages.ts";
import { signOf } from "./kinds.ts";
import { useSaving } from "./saving.ts";
import { Sign } from "./signs.tsx";
import { about, shown } from "./view.tsx";
import { tell } from "./words.ts";

interface Props {
  readonly files: readonly FileRef[];
  readonly chat: Chat;
  readonly words: Words;
}

export function Sent({ files, chat, words }: Props): VNode {
  return (
    <ul class="sent" role="list" aria-label={tell(words, "sent")}>
      {files.map((file) => (
        <li key={file.id}>
          <One file={file} chat={chat} words={words} />
        </li>
      ))}
    </ul>
  );
}

function One({ file, chat, words }: { file: FileRef; chat: Chat; words: Words }): VNode {
  const [said, save] = useSaving(chat, file.id, file.name);
  const name = shown(file.name);
  return (
    <button type="button" class="chip" title={tell(words, "save", { name })} onClick={save}>
      <Sign sign={signOf(file.name)} />
      <span class="chip-text">
        <span class="chip-name">
          <bdi>{name}</bdi>
        </span>
        <span class="chip-state" role="status">
          {said ? tell(words, said) : about(file.name, file.size_bytes, words)}
        </span>
      </span>
      <Sign sign="save" />
    </button>
  );
}
