/** Signs of this part, in the manner of icons.tsx. */
import type { VNode } from "preact";

const PATHS = {
  menu: "M4 7h16M4 12h16M4 17h16",
  pen: "M12 20h8M15.5 4.5a2.1 2.1 0 013 3L8 18l-4 1 1-4z",
  clock: "M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z",
  back: "M15 5l-7 7 7 7",
  clip: "M20 11.500l-8 8a5 5 0 01-7.100-7.100l8.300-8.300a3.300 3.300 0 014.700 4.700l-8.300 8.300a1.700 1.700 0 01-2.400-2.400l7.600-7.600",
  remove: "M7 7l10 10M17 7L7 17",
  again: "M4 5v5h5M4.6 10a8 8 0 11-.3 4.5",
  warn: "M12 9v4m0 3.5v.01M12 4L2.8 20h18.4z",
  save: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  text: "M7 3h7l5 5v13H7zM14 3v5h5M10 13h6M10 17h6",
  table: "M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14",
  picture: "M4 5h16v14H4zM4 16l4.500-4.500 4 4 2.500-2.500 5 4.500M15.500 9v.01",
  slides: "M4 5h16v11H4zM12 16v4M8 20h8",
  drop: "M12 15V4M7 8.500L12 4l5 4.500M4 15v5h16v-5",
} as const;

export type SignName = keyof typeof PATHS;

export function Sign({ sign }: { sign: SignName }): VNode {
  return (
    <svg class={`icon icon-${sign}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[sign]} />
    </svg>
  );
}
