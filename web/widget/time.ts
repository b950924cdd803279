/** Times and durations in the reader's language, by the browser's own tables. */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function clock(locale: string, at: number): string {
  return new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** The hour today, the weekday this week, else the date. */
export function when(locale: string, at: number, now = Date.now()): string {
  if (now - at < DAY && new Date(at).getDate() === new Date(now).getDate()) return clock(locale, at);
  if (now - at < 6 * DAY) return new Intl.DateTimeFormat(locale, { weekday: "long" }).format(at);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" }).format(at);
}

/** `0.8 sec`, `12 sec`. */
export function duration(locale: string, ms: number): string {
  return unit(locale, Math.max(ms, 100) / 1000, "second", ms < 9950 ? 1 : 0);
}

/** What is left, in the largest unit that is honest. */
export function left(locale: string, ms: number): string {
  if (ms <= MINUTE) return unit(locale, Math.max(1, Math.ceil(ms / 1000)), "second", 0, "long");
  if (ms < 120 * MINUTE) return unit(locale, Math.ceil(ms / MINUTE), "minute", 0, "long");
  return unit(locale, Math.ceil(ms / (60 * MINUTE)), "hour", 0, "long");
}

function unit(
  locale: string,
  value: number,
  name: "second" | "minute" | "hour",
  digits: number,
  unitDisplay: "short" | "long" = "short",
): string {
  return new Intl.NumberFormat(locale, {
    style: "unit",
    unit: name,
    unitDisplay,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}
