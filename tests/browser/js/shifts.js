// Notes each layout shift that no input explains, with what moved.
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries().filter((one) => !one.hadRecentInput))
    shifts.push([entry.value, ...entry.sources.map((source) => source.node?.outerHTML?.slice(0, 80) ?? source.node?.nodeName)]);
}).observe({ type: "layout-shift", buffered: true });
