/** The page's colours for the frame, which cannot see them. */

const NAMES = ["accent", "paper", "ink", "radius", "font"];

/** The values of --rf-*, "" where the page sets none. */
export function themeOf(element: Element): Record<string, string> {
  const style = getComputedStyle(element);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--rf-${name}`).trim()]));
}

/** Calls `changed` when the values may be others: the system's scheme, or an attribute that a page's theme hangs on. */
export function watchTheme(element: Element, changed: () => void): () => void {
  let last = JSON.stringify(themeOf(element));
  const look = (): void => {
    const now = JSON.stringify(themeOf(element));
    if (now !== last) changed();
    last = now;
  };
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", look);
  const observer = new MutationObserver(look);
  for (const place of [document.documentElement, document.body, element]) {
    observer.observe(place, { attributeFilter: ["class", "style", "data-theme"] });
  }
  return () => {
    media.removeEventListener("change", look);
    observer.disconnect();
  };
}
