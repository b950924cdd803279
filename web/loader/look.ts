/** How the element looks and what it says. A constructed sheet: the page's content policy needs no style-src for it. */

import mark from "../ui/mark.svg";

const SVG = "http://www.w3.org/2000/svg";

export const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host { display: contents; color-scheme: light dark }
:host([mode=inline]) { display: block; height: 100%; min-height: 400px }
:host([scheme=light]) { color-scheme: light }
:host([scheme=dark]) { color-scheme: dark }
[hidden] { display: none !important }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: inherit }
.panel {
  overflow: clip; box-sizing: border-box;
  background-color: var(--rf-paper, light-dark(#fff, #0e131b));
}
:host([mode=inline]) .panel { width: 100%; height: 100%; border-radius: var(--rf-radius, 0) }
:host(:not([mode=inline])) .panel {
  position: fixed; z-index: 2147483646; inset: auto 24px 84px auto; inset-inline: auto 24px;
  width: 400px; height: min(640px, 100dvh - 108px); border-radius: var(--rf-radius, 16px);
  box-shadow: 0 12px 32px -8px rgb(0 0 0 / .3), 0 0 0 1px light-dark(#e4e7ec, #252d3a);
  animation: in 180ms ease-out;
}
@keyframes in { from { opacity: 0; transform: translateY(8px) } }
button {
  position: fixed; z-index: 2147483647; bottom: 24px; inset-inline-end: 24px; width: 48px; height: 48px; padding: 10px;
  border: 0; border-radius: 50%; cursor: pointer;
  color: var(--rf-on-launcher, #fff); background-color: var(--rf-launcher, var(--rf-accent, #0b6e4f));
  box-shadow: 0 4px 12px rgb(0 0 0 / .24);
}
button:focus-visible { outline: 2px solid var(--rf-launcher, var(--rf-accent, #0b6e4f)); outline-offset: 2px }
button.unread::after {
  content: ""; position: absolute; top: 0; inset-inline-end: 0; width: 12px; height: 12px; border-radius: 50%;
  background: #b42318; border: 2px solid #fff;
}
svg { display: block }
@media (max-width: 479.98px) {
  :host(:not([mode=inline])) .panel { inset: 0; width: 100%; height: 100dvh; border-radius: 0 }
  :host([open]) button { display: none }
}
@media (prefers-reduced-motion: reduce) { .panel { animation: none !important } }
@media (forced-colors: active) { button { border: 2px solid } }
@media print { :host(:not([mode=inline])) * { display: none } }
`);

const WORDS = {
  en: { open: "Open chat", close: "Close chat", unread: "unread", title: "Chat with the AI assistant" },
  da: { open: "Åbn chat", close: "Luk chat", unread: "ulæste", title: "Chat med AI-assistenten" },
};

/** The words of the locale's language; English where there are none. */
export function wordsFor(locale: string): (typeof WORDS)["en"] {
  return /^da\b/i.test(locale) ? WORDS.da : WORDS.en;
}

const MARK = / d="([^"]+)"/.exec(mark)?.[1] ?? "";
const CROSS = "M7 7 17 17M17 7 7 17";

/** The round button with the mark. */
export function launcher(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const attributes = {
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "2.4",
    "stroke-linecap": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  path.setAttribute("d", MARK);
  svg.append(path);
  button.append(svg);
  return button;
}

/** Shows what a press does: the mark opens, the cross closes. */
export function showCross(button: HTMLButtonElement, isOpen: boolean): void {
  button.querySelector("path")?.setAttribute("d", isOpen ? CROSS : MARK);
}
