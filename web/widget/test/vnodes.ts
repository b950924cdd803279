/** What a block would put on the page: its elements with their attributes, without a browser. */
import assert from "node:assert/strict";

import { type ComponentChildren, type VNode, isValidElement } from "preact";

import { read } from "../markdown/growing.ts";
import { type Means, element } from "../markdown/render.tsx";

const CodeBlock = (): never => assert.fail("not drawn here");
export const WORDS: Means = { image: "Picture", Code: CodeBlock };

export interface Drawn {
  readonly tag: string;
  readonly props: Readonly<Record<string, unknown>>;
}

export function drawn(text: string): Drawn[] {
  return read(text).flatMap((block) => walk(element(block, WORDS)));
}

export function shown(text: string): string {
  return read(text)
    .map((block) => words(element(block, WORDS)))
    .join("\n");
}

function walk(node: ComponentChildren): Drawn[] {
  if (Array.isArray(node)) return node.flatMap(walk);
  if (!isValidElement(node)) return [];
  const { type, props } = node as VNode<Record<string, unknown>>;
  if ((type as unknown) === CodeBlock) return [{ tag: "CodeBlock", props }];
  if (typeof type !== "string") throw new Error("an element of a kind that Markdown does not make");
  const { children, ...rest } = props;
  return [{ tag: type, props: rest }, ...walk(children)];
}

function words(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(words).join("");
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (!isValidElement(node)) return "";
  const { type, props } = node as VNode<Record<string, unknown>>;
  return (type as unknown) === CodeBlock ? String(props["text"]) : words(props.children);
}
