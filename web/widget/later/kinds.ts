/** What can be sent, as the server's closed list has it; the server looks at the content, this only spares a way. */
import type { SignName } from "./signs.tsx";

const SIGNS: Readonly<Record<string, SignName>> = {
  pdf: "text",
  docx: "text",
  xlsx: "table",
  pptx: "slides",
  png: "picture",
  jpg: "picture",
  jpeg: "picture",
  webp: "picture",
  gif: "picture",
  html: "text",
  htm: "text",
  txt: "text",
  md: "text",
  markdown: "text",
  csv: "table",
  json: "text",
};

/** For the dialog of the browser. */
export const ACCEPTED = Object.keys(SIGNS)
  .map((ending) => `.${ending}`)
  .join(",");

/** In lower case, without its dot; "" where the name has none. */
export function endingOf(name: string): string {
  return /[^.]\.([^.\s]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

export function isTaken(ending: string, mediaType: string): boolean {
  // A picture from the clipboard may have no ending; then its type says what it is.
  return ending === "" ? !/^(?:audio|video|font)\//.test(mediaType) : ending in SIGNS;
}

export function signOf(name: string): SignName {
  return SIGNS[endingOf(name)] ?? "text";
}

/** "PDF", as people call it. */
export function kindOf(name: string): string {
  return endingOf(name).toUpperCase();
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** "1.2 MB" in the reader's language. */
export function sizeOf(locale: string, bytes: number): string {
  const at = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = UNITS[at];
  // The short form of a byte is a word without its plural.
  const unitDisplay = at === 0 ? "long" : "short";
  const style = { style: "unit", unit, unitDisplay, maximumFractionDigits: at > 1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale, style).format(bytes / 1000 ** at);
}
