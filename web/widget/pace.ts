/** Words as they are shown: at most once a frame, and a heap that came at once over several frames. */

const FRAMES = 5;
const LEAST = 48;
/** Frames do not come to a page that nobody sees. */
const LATEST_MS = 120;

export class Pace {
  readonly #give: (said: ReadonlyMap<string, string>) => void;
  readonly #heaps = new Map<string, string>();
  #isDue = false;

  constructor(give: (said: ReadonlyMap<string, string>) => void) {
    this.#give = give;
  }

  add(key: string, text: string): void {
    this.#heaps.set(key, (this.#heaps.get(key) ?? "") + text);
    this.#plan();
  }

  /** Everything, now: what comes next stands behind it. */
  flush(): void {
    if (this.#heaps.size === 0) return;
    const all = new Map(this.#heaps);
    this.#heaps.clear();
    this.#give(all);
  }

  forget(): void {
    this.#heaps.clear();
  }

  #plan(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const once = () => {
      if (!this.#isDue) return;
      this.#isDue = false;
      clearTimeout(timer);
      this.#step();
    };
    const timer = setTimeout(once, LATEST_MS);
    requestAnimationFrame(once);
  }

  #step(): void {
    const said = new Map<string, string>();
    for (const [key, heap] of this.#heaps) {
      const end = document.hidden ? heap.length : share(heap);
      said.set(key, heap.slice(0, end));
      if (end === heap.length) this.#heaps.delete(key);
      else this.#heaps.set(key, heap.slice(end));
    }
    if (said.size > 0) this.#give(said);
    if (this.#heaps.size > 0) this.#plan();
  }
}

/** How much of a heap goes in one frame: up to the end of a word. */
export function share(heap: string): number {
  if (heap.length <= LEAST) return heap.length;
  const least = Math.max(LEAST / 2, Math.ceil(heap.length / FRAMES));
  const end = heap.slice(least, least + 24).search(/\s/);
  const cut = end < 0 ? least + 24 : least + end;
  return /[\udc00-\udfff]/.test(heap[cut] ?? "") ? cut + 1 : Math.min(cut, heap.length);
}
