/** The frame begins: waits for its page, takes its theme, signs in, shows. Nothing is kept outside this memory. */
import "../ui/tokens.css";
import "./widget.css";

import { render } from "preact";

import { createClient } from "../client/client.ts";
import { App, Shell } from "./app.tsx";
import { Chat } from "./chat.ts";
import { type Words, wordsFor } from "./messages.ts";
import { later, markdown } from "./parts.ts";
import { Host, type Init, connected } from "./port.ts";
import { type Rgb, type Theme, apply } from "./theme.ts";

const root = document.documentElement;
const place = document.getElementById("app");
const { agent = "", parent = "", locale: wished = "" } = document.body.dataset;

let shown: Words = wordsFor([wished, root.lang]);
if (place) {
  speak(shown);
  void markdown.load();
  void later.load();
  render(<Shell words={shown} />, place);
  void begin(place);
}

async function begin(target: HTMLElement): Promise<void> {
  const [host, init] = await Host.open(await connected(parent));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let { theme, scheme } = init;
  const paint = () => wear(theme, scheme === "auto" ? dark.matches : scheme === "dark");
  paint();
  dark.addEventListener("change", paint);

  const client = createClient({ baseUrl: location.origin, getToken: () => host.token() });
  const chat = new Chat(client, agent, {
    takesFiles: init.files,
    onUnread: (count) => host.unread(count),
    tell: (name, detail) => host.tell(name, detail),
  });
  let opened = init.mode === "bubble" && init.open ? 1 : 0;
  const draw = () => {
    const onClose = init.mode === "bubble" ? () => leave(host, chat) : null;
    render(<App chat={chat} words={shown} opened={opened} onClose={onClose} />, target);
  };
  client.on("session", ({ user }) => {
    shown = said(user.locale, init);
    speak(shown);
    draw();
  });
  host.listen({
    onTheme: (...next) => {
      [theme, scheme] = next;
      paint();
    },
    onOpen: (isOpen) => {
      chat.opened(isOpen);
      opened += isOpen ? 1 : 0;
      draw();
    },
  });
  if (init.mode === "bubble") chat.opened(init.open);
  shown = said(null, init);
  speak(shown);
  draw();
  const look = () => (document.hidden ? undefined : void chat.refresh());
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
  host.ready();
  await chat.start();
}

function leave(host: Host, chat: Chat): void {
  chat.opened(false);
  host.close();
}

/** The token's locale, else the element's, else the page's. The same words keep their identity. */
function said(own: string | null | undefined, init: Init): Words {
  const words = wordsFor([own, init.locale, wished, root.lang]);
  return words.locale === shown.locale ? shown : words;
}

function speak(words: Words): void {
  root.lang = words.locale;
  root.dir = "ltr";
}

function wear(theme: Theme, prefersDark: boolean): void {
  const { isDark, properties } = apply(theme, prefersDark, resolve);
  root.dataset["theme"] = isDark ? "dark" : "light";
  root.removeAttribute("style");
  for (const [name, value] of Object.entries(properties)) root.style.setProperty(name, value);
}

/** The browser's own reading of a colour, from a single drawn point. */
function resolve(text: string): Rgb | null {
  if (!CSS.supports("color", text)) return null;
  const canvas = document.createElement("canvas").getContext("2d");
  if (!canvas) return null;
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data;
  return alpha === 255 ? [red, green, blue] : null;
}
