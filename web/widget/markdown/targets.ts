/** Which links a reader may follow: absolute, of three schemes, without anything hidden in them. */
import type { Target } from "./tree.ts";

const LONGEST = 2048;
const ALLOWED = /^(?:https?:\/\/[^/]|mailto:[^\s@]+@[^\s@])/i;
// Spaces, quotes, angle brackets and backslashes are read differently by different parsers: whoever needs one encodes it.
const SUSPICIOUS = /[\s<>"\\^`{|}\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

/** Where this leads; null for whatever is not plainly a web address or a mail address. */
export function targetOf(raw: string): Target | null {
  if (raw.length > LONGEST || SUSPICIOUS.test(raw) || !ALLOWED.test(raw)) return null;
  let url: URL;
  try {
    url = new URL(raw);
  } catch {
    return null;
  }
  if (url.protocol === "mailto:") return { href: url.href, host: mailbox(url) };
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  // A name before the host ("https://bank.example@evil.example") only deceives.
  if (url.username !== "" || url.password !== "" || url.host === "") return null;
  return { href: url.href, host: url.host };
}

function mailbox(url: URL): string {
  return url.pathname;
}
