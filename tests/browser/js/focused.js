// What has the focus: its name, and the outline that shows it.
() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  return [element.getAttribute("aria-label") || element.innerText || element.tagName, style.outlineStyle, style.outlineWidth];
}
