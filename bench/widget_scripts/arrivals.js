// When the port's `ready` goes out, when the composer takes text, when the first delta comes and when it is painted.
const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (message, ...rest) {
  if (message?.type === "ready") window.readyAt ??= performance.now();
  return post.call(this, message, ...rest);
};
const read = ReadableStreamDefaultReader.prototype.read;
ReadableStreamDefaultReader.prototype.read = async function (...rest) {
  const result = await read.apply(this, rest);
  const at = performance.now();
  if (window.deltaAt === undefined && result.value instanceof Uint8Array)
    if (new TextDecoder().decode(result.value).includes("event: message.delta")) window.deltaAt = at;
  return result;
};
new MutationObserver(() => {
  if (window.editableAt === undefined && document.querySelector("textarea:enabled:not([readonly])"))
    window.editableAt = performance.now();
  if (window.deltaAt === undefined || window.isPainting || !document.body.textContent.includes("zq0")) return;
  window.isPainting = true;
  requestAnimationFrame(() => setTimeout(() => (window.paintedAt = performance.now())));
}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
