/** What Markdown becomes: plain data of a few kinds. What is not here cannot be shown. */

export type Inline =
  | string
  | { readonly kind: "strong" | "em" | "del"; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "link"; readonly target: Target; readonly children: readonly Inline[]; readonly isImage: boolean };

export interface Target {
  /** Normalised, of an allowed scheme. */
  readonly href: string;
  /** What a reader sees beside the text: the host, or the address of a mail. */
  readonly host: string;
}

export type Block =
  | { readonly kind: "paragraph" | "heading"; readonly children: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string; readonly language: string }
  | { readonly kind: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] }
  | { readonly kind: "quote"; readonly children: readonly Block[] }
  | { readonly kind: "table"; readonly head: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: "rule" };

export type Cell = readonly Inline[];

/** Link targets by their label, as reference definitions give them. */
export type References = ReadonlyMap<string, string>;
