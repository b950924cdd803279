/**
 * The host's colours, as far as they can be read on each other. A theme is data from another page: each value is parsed,
 * and one that would hide something is left out. The mark that says "AI" takes no colour from here.
 */

export interface Theme {
  readonly accent?: string;
  readonly paper?: string;
  readonly ink?: string;
  readonly radius?: string;
  readonly font?: string;
}

export type Rgb = readonly [number, number, number];
/** Reads a colour that is not in hex; null for what is none. */
export type Resolve = (text: string) => Rgb | null;

const LONGEST = 200;
const TEXT = 4.5;
const SIGN = 3;
const LIGHT: Palette = { paper: [255, 255, 255], ink: [16, 24, 40], accent: [11, 110, 79] };
const DARK: Palette = { paper: [14, 19, 27], ink: [242, 244, 247], accent: [60, 203, 154] };
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

interface Palette {
  readonly paper: Rgb;
  readonly ink: Rgb;
  readonly accent: Rgb;
}

/** What a theme comes to: custom properties, and whether the page is dark. */
export interface Applied {
  readonly isDark: boolean;
  readonly properties: Readonly<Record<string, string>>;
}

/** The properties to set; what is not among them keeps the token file's value. */
export function apply(theme: Theme, prefersDark: boolean, resolve: Resolve = () => null): Applied {
  const given = {
    paper: parseColor(theme.paper, resolve),
    ink: parseColor(theme.ink, resolve),
    accent: parseColor(theme.accent, resolve),
  };
  const isDark = given.paper ? luminance(given.paper) < 0.18 : prefersDark;
  const base = isDark ? DARK : LIGHT;
  const asked = { paper: given.paper ?? base.paper, ink: given.ink ?? base.ink };
  const isLegible = contrast(asked.ink, asked.paper) >= TEXT;
  const { paper, ink } = isLegible ? asked : base;
  const properties: Record<string, string> = {};
  if (isLegible && (given.paper || given.ink)) Object.assign(properties, surfaces(paper, ink));
  const accent = given.accent && contrast(given.accent, paper) >= SIGN ? given.accent : null;
  const own = accent ?? (contrast(base.accent, paper) >= SIGN ? null : ink);
  if (own || given.paper) Object.assign(properties, accents(own ?? base.accent, paper, ink));
  const radius = parseRadius(theme.radius);
  if (radius !== null) Object.assign(properties, { "--r1": `${Math.min(radius, 10)}px`, "--r2": `${radius}px` });
  const font = parseFont(theme.font);
  if (font !== null) properties["--text"] = font;
  return { isDark: isLegible ? isDark : prefersDark, properties };
}

function surfaces(paper: Rgb, ink: Rgb): Record<string, string> {
  const sunken = readableOn(mix(paper, ink, 0.035), ink, paper);
  return {
    "--paper": css(paper),
    "--raised": css(readableOn(mix(paper, WHITE, luminance(paper) < 0.18 ? 0.04 : 0), ink, paper)),
    "--sunken": css(sunken),
    "--ink": css(ink),
    "--ink-2": css(readable(mix(ink, paper, 0.25), ink, [paper, sunken], TEXT)),
    "--ink-3": css(readable(mix(ink, paper, 0.4), ink, [paper, sunken], TEXT)),
    "--line": css(mix(paper, ink, 0.1)),
    "--line-2": css(mix(paper, ink, 0.18)),
    "--edge": css(readable(mix(paper, ink, 0.5), ink, [paper], SIGN)),
  };
}

function accents(accent: Rgb, paper: Rgb, ink: Rgb): Record<string, string> {
  return {
    "--fence": css(accent),
    "--fence-soft": css(readableOn(mix(paper, accent, 0.1), ink, paper)),
    "--on-fence": css(contrast(WHITE, accent) >= TEXT ? WHITE : BLACK),
    "--link": css(readable(accent, ink, [paper], TEXT)),
  };
}

/** The ground, or the paper where the ink could not be read on it. */
function readableOn(ground: Rgb, ink: Rgb, paper: Rgb): Rgb {
  return contrast(ink, ground) >= TEXT ? ground : paper;
}

/** The colour, or as much of the ink in it as makes it readable on these grounds. */
function readable(color: Rgb, ink: Rgb, grounds: readonly Rgb[], least: number): Rgb {
  for (let share = 0; share < 1; share += 0.1) {
    const mixed = mix(color, ink, share);
    if (grounds.every((ground) => contrast(mixed, ground) >= least)) return mixed;
  }
  return ink;
}

export function parseColor(text: unknown, resolve: Resolve): Rgb | null {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  const value = text.trim().toLowerCase();
  const hex = /^#(?:([\da-f]{3})|([\da-f]{6}))$/.exec(value);
  if (hex) return fromHex(hex[2] ?? (hex[1] ?? "").replace(/./g, "$&$&"));
  // Names and functions without anything that could address something: the browser says what they are.
  return /^[a-z]{3,24}$|^(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)\([a-z\d\s.,%+/-]{1,60}\)$/.test(value)
    ? resolve(value)
    : null;
}

export function parseRadius(text: unknown): number | null {
  const found = typeof text === "string" ? /^ *(\d{1,3}(?:\.\d{1,3})?)(?:px)? *$/.exec(text)?.[1] : undefined;
  return found === undefined ? null : Math.min(24, Number(found));
}

/** A list of names; a face that the frame may not load falls to the next. */
export function parseFont(text: unknown): string | null {
  if (typeof text !== "string" || text.length > LONGEST) return null;
  return /^[\p{L}\d\s,'"_-]+$/u.test(text) && text.trim() !== "" ? text.trim() : null;
}

export function contrast(a: Rgb, b: Rgb): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Rgb): number {
  const [red, green, blue] = color.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return a.map((part, at) => Math.round(part + ((b[at] ?? 0) - part) * share)) as unknown as Rgb;
}

function css(color: Rgb): string {
  return `rgb(${color.join(" ")})`;
}

function fromHex(hex: string): Rgb {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}
