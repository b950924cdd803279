/** The words of this part, in the widget's languages side by side; as in messages.ts. */
import { filled, type Words } from "../messages.ts";

const MESSAGES = {
  // The menu, and earlier conversations.
  menu: ["Menu", "Menu"],
  history: ["Earlier conversations", "Tidligere samtaler"],
  back: ["Back", "Tilbage"],
  noHistory: ["No earlier conversations.", "Ingen tidligere samtaler."],
  current: ["Open now", "Åben nu"],
  moreHistory: ["Show more", "Vis flere"],
  // Files to be sent.
  attach: ["Attach files", "Vedhæft filer"],
  files: ["Files to send", "Filer, der sendes"],
  drop: ["Drop files to attach them", "Slip filer for at vedhæfte dem"],
  remove: ["Remove {name}", "Fjern {name}"],
  retry: ["Try again with {name}", "Prøv igen med {name}"],
  again: ["Try again", "Prøv igen"],
  waiting: ["Waiting", "Venter"],
  begun: ["Sending…", "Sender…"],
  sending: ["{percent} sent", "{percent} sendt"],
  checking: ["Checking…", "Tjekker…"],
  isReady: ["{name} is ready.", "{name} er klar."],
  isNot: ["{name}: {why}", "{name}: {why}"],
  wait: ["You can send as soon as the files are ready.", "Du kan sende, når filerne er klar."],
  mend: ["Remove the file that cannot be sent first.", "Fjern først filen, der ikke kan sendes."],
  tooMany: ["At most {count} files go with one message.", "Højst {count} filer kan sendes med én besked."],
  // What is wrong with one.
  too_large: ["This file is too large.", "Filen er for stor."],
  not_allowed: ["Files of this type cannot be read.", "Filer af denne type kan ikke læses."],
  mismatch: ["The content is not what the name says.", "Indholdet er ikke det, som navnet siger."],
  empty: ["This file is empty.", "Filen er tom."],
  name: ["This name cannot be used.", "Navnet kan ikke bruges."],
  malware: ["A virus was found in this file.", "Der blev fundet virus i filen."],
  encrypted: ["It is locked by a password.", "Den er låst med en adgangskode."],
  unreadable: ["This file cannot be read.", "Filen kan ikke læses."],
  quota: ["There is no room for more files.", "Der er ikke plads til flere filer."],
  may_not: ["You may not send files here.", "Du må ikke sende filer her."],
  lost: ["The connection was lost.", "Forbindelsen gik tabt."],
  failed: ["It could not be sent.", "Den kunne ikke sendes."],
  // Files that were sent, and what answers have from them.
  sent: ["Sent files", "Sendte filer"],
  save: ["Download {name}", "Hent {name}"],
  saving: ["Getting it…", "Henter…"],
  gone: ["It no longer exists.", "Den findes ikke længere."],
  notSaved: ["It could not be fetched.", "Den kunne ikke hentes."],
  sources: ["Sources", "Kilder"],
  page: ["page {at}", "side {at}"],
  pages: ["pages {at}", "side {at}"],
  slide: ["slide {at}", "dias {at}"],
  sheet: ["sheet {at}", "ark {at}"],
  line: ["line {at}", "linje {at}"],
  lines: ["lines {at}", "linje {at}"],
} as const satisfies Record<string, readonly [en: string, da: string]>;

export type LaterKey = keyof typeof MESSAGES;

export function tell(
  words: Pick<Words, "language">,
  key: LaterKey,
  values: Readonly<Record<string, string>> = {},
): string {
  return filled(MESSAGES[key][words.language === "en" ? 0 : 1], values);
}

/** A place in a file, which the server names in English: `page 3`, `sheet Prices rows 1-50`. What it says else stays. */
export function placeOf(words: Pick<Words, "language">, locator: string): string {
  const [, kind = "", at = ""] = /^(pages?|slide|sheet|lines?) (.+)$/.exec(locator) ?? [];
  const rows = words.language === "da" ? at.replace(/ rows (?=[\d-]+$)/, " række ") : at;
  return kind === "" ? locator : tell(words, kind as LaterKey, { at: rows });
}

/** For the test that holds the languages side by side. */
export const ALL_LATER: Readonly<Record<string, readonly [string, string]>> = MESSAGES;
