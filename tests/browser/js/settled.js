// Waits until the document has arrived, with its fonts, and nothing that ends still moves.
async () => {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  await document.fonts.ready;
  const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime));
  // What is out of sight may stand still and never end.
  const late = new Promise((resolve) => setTimeout(resolve, 5000));
  await Promise.race([Promise.allSettled(ending.map((one) => one.finished)), late]);
}
