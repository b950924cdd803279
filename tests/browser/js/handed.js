// Drops or pastes a file as a person does: `how` names the event.
([how, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "text/plain" }));
  const more = { bubbles: true, cancelable: true };
  if (how === "paste") document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, ...more }));
  for (const step of how === "drop" ? ["dragenter", "dragover", "drop"] : [])
    document.body.dispatchEvent(new DragEvent(step, { dataTransfer: data, ...more }));
}
