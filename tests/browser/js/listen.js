// Notes each text that appears in a live region, as a screen reader would be told it.
() => {
  window.spoken = [];
  const region = (node) =>
    (node.nodeType === 1 ? node : node.parentElement)?.closest(
      "[aria-live=polite], [aria-live=assertive], [role=status]:not([aria-live]), [role=alert]:not([aria-live]), [role=log]:not([aria-live])",
    );
  new MutationObserver((records) => {
    for (const record of records)
      for (const node of record.type === "characterData" ? [record.target] : record.addedNodes)
        if (region(node) && node.textContent.trim()) spoken.push(node.textContent);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
