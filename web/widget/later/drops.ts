/** Files that come by the pointer or the clipboard. */
import type { Tray } from "./tray.ts";

/** On the document and for good: a file that is dropped elsewhere in the frame would take the frame's place. */
export function watchPage(tray: Pick<Tray, "add" | "over">): void {
  const held = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
  const over = (event: DragEvent) => {
    if (!held(event)) return;
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    tray.over(true);
  };
  document.addEventListener("dragenter", over);
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) tray.over(false);
  });
  document.addEventListener("drop", (event) => {
    if (!held(event)) return;
    event.preventDefault();
    tray.over(false);
    tray.add([...(event.dataTransfer?.files ?? [])]);
  });
  document.addEventListener("paste", (event) => {
    const { clipboardData: held } = event;
    // Office programs put a picture of a text beside the text: whoever pastes it means the text.
    if (!held || held.files.length === 0 || held.types.includes("text/plain")) return;
    event.preventDefault();
    tray.add([...held.files]);
  });
}
