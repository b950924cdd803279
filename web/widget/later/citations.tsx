/** Where an answer has what it says from: one small button for each place in a file. */
import type { VNode } from "preact";

import type { Citation } from "../../client/types.ts";
import type { Chat } from "../chat.ts";
import type { Words } from "../messages.ts";
import { useSaving } from "./saving.ts";
import { shown } from "./view.tsx";
import { placeOf, tell } from "./words.ts";

interface Props {
  readonly citations: readonly Citation[];
  readonly chat: Chat;
  readonly words: Words;
}

export function Citations({ citations, chat, words }: Props): VNode {
  return (
    <ol class="cites" role="list" aria-label={tell(words, "sources")}>
      {citations.map((citation, at) => (
        <li key={at}>
          <One citation={citation} number={at + 1} chat={chat} words={words} />
        </li>
      ))}
    </ol>
  );
}

function One({
  citation,
  number,
  chat,
  words,
}: Omit<Props, "citations"> & { citation: Citation; number: number }): VNode {
  const [said, save] = useSaving(chat, citation.file_id, citation.name);
  const name = shown(citation.name);
  const place = citation.locator === "" ? "" : `, ${placeOf(words, shown(citation.locator))}`;
  return (
    <button type="button" class="cite" title={tell(words, "save", { name })} onClick={save}>
      <span class="cite-number">{number}</span>
      <span class="cite-place">
        <bdi>{name}</bdi>
        {said ? ` · ${tell(words, said)}` : place}
      </span>
    </button>
  );
}
