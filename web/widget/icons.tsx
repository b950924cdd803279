/** Signs, drawn in the colour of the words that stand beside them. */
import type { VNode } from "preact";

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  clock: "M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  down: "M12 5v14M6 13l6 6 6-6",
  check: "M5 12.5l4.5 4.5L19 7.5",
  warn: "M12 9v4m0 3.5v.01M12 4L2.8 20h18.4z",
  hand: "M12 3l7.5 3v5.5c0 4.6-3.2 7.7-7.5 9.5-4.3-1.8-7.5-4.9-7.5-9.5V6zM12 8.5v4m0 3v.01",
  person: "M5 20c.6-4 3.3-6 7-6s6.4 2 7 6M12 4a3.5 3.5 0 100 7 3.5 3.5 0 000-7z",
  tool: "M8 3v5m8-5v5M6 8h12v3a6 6 0 01-12 0zM12 17v4",
  spark: "M12 4l1.8 5.200L19 11l-5.2 1.800L12 18l-1.8-5.200L5 11l5.2-1.800z",
  chevron: "M9 6l6 6-6 6",
  copy: "M9 9h10v11H9zM6 15H5V4h10v1",
  again: "M4 5v5h5M4.6 10a8 8 0 11-.3 4.5",
} as const;

export type Sign = keyof typeof PATHS;

export function Icon({ sign }: { sign: Sign }): VNode {
  return (
    <svg class={`icon icon-${sign}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[sign]} />
    </svg>
  );
}
