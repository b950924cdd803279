/** embed.js: the element <ringfence-chat>, which shows the assistant in a frame of its own origin. Keeps EMB-07.

What is said stays in the frame: the page gives tokens, colours and a place, and learns ids alone. */

import { type Code, fetchToken, type GetToken } from "./token.ts";
import { launcher, SHEET, showCross, wordsFor } from "./look.ts";
import { themeOf, watchTheme } from "./theme.ts";

const NAME = "ringfence-chat";
const READY_MS = 8_000;
const SCRIPT = document.currentScript ?? document.querySelector('script[src$="/embed.js"]');

type FromFrame =
  | { type: "ready" }
  | { type: "close" }
  | { type: "token"; id: unknown }
  | { type: "unread"; count: number }
  | { type: "event"; name: string; detail: unknown }
  /** What a newer frame may say. */
  | { type: "" };

class RingfenceChat extends HTMLElement {
  static readonly observedAttributes = ["agent", "mode", "locale", "scheme", "label", "open", "files", "src-base"];

  /** Gives a token signed by the page's server; wins over token-url. NOTE: declared, not defined: it may be set before
   * the script arrives, and a field would overwrite it. */
  declare getToken?: GetToken;

  #root = this.attachShadow({ mode: "closed" });
  #panel = document.createElement("div");
  #button: HTMLButtonElement | undefined;
  #frame: HTMLIFrameElement | undefined;
  #port: MessagePort | undefined;
  #isReady = false;
  #unread = 0;
  #leave: (() => void)[] = [];

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [SHEET];
    this.#root.addEventListener("keydown", (event) => {
      if ((event as KeyboardEvent).key === "Escape") this.close();
    });
  }

  connectedCallback(): void {
    this.#build();
  }

  disconnectedCallback(): void {
    this.#clear();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after || !this.#panel.isConnected) return;
    if (name === "open") this.#show(after !== null);
    else if (name === "scheme") this.#sendTheme();
    else if (name === "label") this.#paint();
    else this.#build();
  }

  /** Opens the panel. */
  open(): void {
    this.setAttribute("open", "");
  }

  /** Closes the panel; what was said stays. */
  close(): void {
    if (!this.#isInline) this.removeAttribute("open");
  }

  get #isInline(): boolean {
    return this.getAttribute("mode") === "inline";
  }

  get #isOpen(): boolean {
    return this.#isInline || this.hasAttribute("open");
  }

  get #base(): string {
    const address = this.getAttribute("src-base") ?? (SCRIPT as HTMLScriptElement | null)?.src ?? "";
    return new URL(address, location.href).origin;
  }

  get #locale(): string {
    return this.getAttribute("locale") ?? document.documentElement.lang;
  }

  #build(): void {
    this.#clear();
    this.#panel.className = "panel";
    this.#root.append(this.#panel);
    this.#leave.push(watchTheme(this, () => this.#sendTheme()));
    if (this.#isInline) {
      const seen = new IntersectionObserver(
        (entries) => {
          if (entries.some((entry) => entry.isIntersecting)) this.#load();
        },
        { rootMargin: "400px" },
      );
      seen.observe(this);
      this.#leave.push(() => seen.disconnect());
    } else {
      const button = launcher();
      button.addEventListener("click", () => (this.#isOpen ? this.close() : this.open()));
      button.addEventListener("pointerenter", () => this.#load());
      this.#button = button;
      this.#root.append(button);
      if (this.#isOpen) this.#load();
    }
    this.#paint();
  }

  #clear(): void {
    for (const leave of this.#leave.splice(0)) leave();
    this.#disconnect();
    this.#root.replaceChildren();
    this.#panel.replaceChildren();
    this.#frame = this.#button = undefined;
    this.#unread = 0;
  }

  #disconnect(): void {
    this.#port?.close();
    this.#port = undefined;
    this.#isReady = false;
  }

  #paint(): void {
    const words = wordsFor(this.#locale);
    this.#panel.hidden = !this.#isOpen;
    if (this.#frame) this.#frame.title = words.title;
    if (!this.#button) return;
    showCross(this.#button, this.#isOpen);
    const label = this.getAttribute("label");
    const name = this.#isOpen ? words.close : (label ?? words.open);
    this.#button.ariaExpanded = String(this.#isOpen);
    this.#button.ariaLabel = this.#unread > 0 && !this.#isOpen ? `${name} (${this.#unread} ${words.unread})` : name;
    this.#button.classList.toggle("unread", this.#unread > 0 && !this.#isOpen);
  }

  #show(isOpen: boolean): void {
    if (this.#isInline) return;
    if (isOpen) {
      // A frame that never came (the server was away) is asked for again.
      if (this.#frame && !this.#isReady && !this.#port) this.#drop();
      this.#load();
      this.#unread = 0;
    }
    const hadFocus = document.activeElement === this;
    this.#paint();
    if (isOpen) this.#frame?.focus();
    else if (hadFocus || document.activeElement === document.body) this.#button?.focus();
    this.#send({ type: isOpen ? "open" : "close" });
    this.#tell(isOpen ? "open" : "close");
  }

  #drop(): void {
    this.#disconnect();
    this.#frame?.remove();
    this.#frame = undefined;
  }

  #load(): void {
    const agent = this.getAttribute("agent");
    if (this.#frame || !agent) return;
    const query = { origin: location.origin, mode: this.#isInline ? "inline" : "bubble", locale: this.#locale };
    const frame = document.createElement("iframe");
    frame.referrerPolicy = "no-referrer";
    frame.allow = "clipboard-write";
    frame.title = wordsFor(this.#locale).title;
    frame.addEventListener("load", () => this.#connect(frame));
    frame.src = `${this.#base}/embed/${encodeURIComponent(agent)}?${new URLSearchParams(query)}`;
    this.#frame = frame;
    this.#panel.append(frame);
  }

  /** NOTE: the target is exactly the server's origin: whatever else is in the frame gets no port, hence no token. */
  #connect(frame: HTMLIFrameElement): void {
    if (frame !== this.#frame) return;
    this.#disconnect();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#hear(data as FromFrame, port1);
    frame.contentWindow?.postMessage({ ringfence: 1, type: "connect" }, this.#base, [port2]);
    this.#send({
      type: "init",
      theme: themeOf(this),
      scheme: this.#scheme,
      locale: this.#locale,
      mode: this.#isInline ? "inline" : "bubble",
      open: this.#isOpen,
      files: this.getAttribute("files") !== "off",
    });
    setTimeout(() => {
      if (this.#port !== port1 || this.#isReady) return;
      this.#disconnect();
      this.#tell("error", { code: "frame_not_ready" });
    }, READY_MS);
  }

  #hear(message: FromFrame, port: MessagePort): void {
    if (message.type === "ready") {
      this.#isReady = true;
      this.#tell("ready");
    } else if (message.type === "close") this.close();
    else if (message.type === "token") void this.#giveToken(message.id, port);
    else if (message.type === "unread") {
      this.#unread = message.count;
      this.#paint();
    } else if (message.type === "event") this.#tell(message.name, message.detail);
  }

  async #giveToken(id: unknown, port: MessagePort): Promise<void> {
    const answer = await fetchToken(this.getToken, this.getAttribute("token-url"));
    port.postMessage({ type: "token", id, ...answer });
    if ("error" in answer) this.#tell("error", answer.error satisfies { code: Code });
  }

  get #scheme(): string {
    return this.getAttribute("scheme") ?? "auto";
  }

  #sendTheme(): void {
    this.#send({ type: "theme", theme: themeOf(this), scheme: this.#scheme });
  }

  #send(message: object): void {
    this.#port?.postMessage(message);
  }

  #tell(name: string, detail?: unknown): void {
    this.dispatchEvent(new CustomEvent(`ringfence-${name}`, { bubbles: true, composed: true, detail }));
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, RingfenceChat);
