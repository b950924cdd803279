/** <RingfenceChat> for React 18 and newer: the element <ringfence-chat>, with properties and a ref. Keeps EMB-08 (in part). */

import { createElement, type CSSProperties, forwardRef, useEffect, useImperativeHandle, useRef } from "react";

const EVENTS = ["ready", "open", "close", "error", "session", "run"] as const;

/** What the element tells; `detail` holds ids and codes, never what was said. */
export interface RingfenceEvent {
  type: (typeof EVENTS)[number];
  detail: unknown;
}

export interface RingfenceChatHandle {
  open(): void;
  close(): void;
}

export interface RingfenceChatProps {
  /** Where Ringfence is, as https://agents.example.com. */
  baseUrl: string;
  agent: string;
  /** An address of your own server that answers {"token": "..."} to a POST. */
  tokenUrl?: string;
  /** Gives a token signed by your server, a new one at each call; wins over tokenUrl. */
  getToken?: () => Promise<string> | string;
  mode?: "inline" | "bubble";
  locale?: string;
  scheme?: "light" | "dark" | "auto";
  /** The launcher's accessible name. */
  label?: string;
  onEvent?: (event: RingfenceEvent) => void;
  className?: string;
  style?: CSSProperties;
}

type ChatElement = HTMLElement & RingfenceChatHandle & { getToken?: () => Promise<string> | string };

export const RingfenceChat = forwardRef<RingfenceChatHandle, RingfenceChatProps>(function RingfenceChat(props, ref) {
  const element = useRef<ChatElement>(null);
  const latest = useRef(props);
  const { baseUrl, agent, tokenUrl, getToken, mode, locale, scheme, label, className, style } = props;
  const hasGetToken = getToken !== undefined;

  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (element.current && hasGetToken) element.current.getToken = () => latest.current.getToken?.() ?? "";
    return () => {
      delete element.current?.getToken;
    };
  }, [hasGetToken]);
  useEffect(() => listen(element.current, (event) => latest.current.onEvent?.(event)), []);
  useEffect(() => loadOnce(baseUrl), [baseUrl]);
  useImperativeHandle(ref, () => handleOf(element), []);

  return createElement("ringfence-chat", {
    ref: element,
    "src-base": baseUrl,
    agent,
    "token-url": tokenUrl,
    mode,
    locale,
    scheme,
    label,
    class: className,
    style,
  });
});

function handleOf(element: { current: ChatElement | null }): RingfenceChatHandle {
  const once = (act: (chat: ChatElement) => void): void => {
    void customElements.whenDefined("ringfence-chat").then(() => element.current && act(element.current));
  };
  return { open: () => once((chat) => chat.open()), close: () => once((chat) => chat.close()) };
}

function listen(element: HTMLElement | null, tell: (event: RingfenceEvent) => void): () => void {
  const listeners = EVENTS.map((type) => {
    const listener = (event: Event): void => tell({ type, detail: (event as CustomEvent<unknown>).detail });
    element?.addEventListener(`ringfence-${type}`, listener);
    return () => element?.removeEventListener(`ringfence-${type}`, listener);
  });
  return () => {
    for (const leave of listeners) leave();
  };
}

/** embed.js, however many elements ask for it; a second copy would do nothing but cost its bytes. */
function loadOnce(baseUrl: string): void {
  const src = new URL("/embed.js", baseUrl).href;
  const isThere = [...document.scripts].some((script) => script.src === src);
  if (isThere || customElements.get("ringfence-chat")) return;
  const script = document.createElement("script");
  script.src = src;
  script.async = true;
  document.head.append(script);
}
