// The sum of layout shifts that no input explains.
window.shiftSum = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shiftSum += entry.value;
}).observe({ type: "layout-shift", buffered: true });
