/** The digest of a call's arguments, computed where the person who decides can see what it is computed from. */

/** RFC 8785 JSON; null for what it cannot hold. JavaScript's own numbers, strings and order of members are its rules. */
export function canonical(value: unknown): string | null {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? JSON.stringify(value) : null;
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return joined(value.map(canonical), "[", "]");
  if (typeof value !== "object") return null;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = members.map(([name, inner]) => {
    const text = canonical(inner);
    return text === null ? null : `${JSON.stringify(name)}:${text}`;
  });
  return joined(parts, "{", "}");
}

/** Hex of the SHA-256; null where the arguments have no such form. Only where the context is secure. */
export async function digest(args: unknown): Promise<string | null> {
  const text = canonical(args);

  if (text === null) return null;
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function joined(parts: readonly (string | null)[], open: string, close: string): string | null {
  return parts.includes(null) ? null : `${open}${parts.join(",")}${close}`;
}
