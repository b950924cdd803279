import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { RingfenceChat } from "../index.ts";

test("a server renders the element with its attributes, and no token", () => {
  const chat = createElement(RingfenceChat, {
    baseUrl: "https://agents.example.com",
    agent: "a-1",
    tokenUrl: "/agent-token",
    getToken: () => "secret",
    mode: "inline",
    className: "chat",
    style: { height: 600 },
  });
  assert.equal(
    renderToStaticMarkup(chat),
    '<ringfence-chat src-base="https://agents.example.com" agent="a-1" token-url="/agent-token" mode="inline" ' +
      'class="chat" style="height:600px"></ringfence-chat>',
  );
});
