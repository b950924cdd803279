// Names whatever sticks out of the window although it cannot be scrolled to.
() => {
  const scrolls = (node) => node && (/auto|scroll/.test(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((element) => {
      const box = element.getBoundingClientRect();
      const clipped = getComputedStyle(element).clipPath !== "none" || getComputedStyle(element).position === "absolute" && box.width <= 1;
      return box.width > 1 && !clipped && (box.right > innerWidth + 1 || box.left < -1) && !scrolls(element.parentElement);
    })
    .map((element) => element.outerHTML.slice(0, 80));
}
