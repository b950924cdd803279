/**
 * Text without what can lie about itself: control characters, bidirectional overrides and isolates, invisible
 * operators and tags. The joiners stay, which emoji and Persian need.
 */
const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;
const BREAKS = /\r\n?|[\u0085\u2028\u2029]/g;

/** The text as it may be shown; line breaks become line feeds. */
export function clean(text: string): string {
  return text.replace(BREAKS, "\n").replace(HIDDEN, "");
}

/** The text on one line. */
export function oneLine(text: string, most = 400): string {
  const line = clean(text.slice(0, most * 4))
    .replace(/\s+/g, " ")
    .trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
