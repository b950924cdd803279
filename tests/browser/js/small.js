// Links and buttons that are smaller than WCAG 2.2's 24 pixels and stand in no sentence.
() =>
  [...document.querySelectorAll("a, summary, button")]
    .filter((one) => one.checkVisibility() && !one.closest("p:not(.on), .notice, .prose, dd, td, th") && !one.matches(".skip"))
    .filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width > 0 && box.height < 23.5;
    })
    .map((one) => one.outerHTML.slice(0, 100));
