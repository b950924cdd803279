// The milliseconds between one animation frame and the next.
window.watchFrames = () => {
  window.frameGaps = [];
  let last = performance.now();
  const step = (now) => {
    window.frameGaps.push(now - last);
    last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
};
