// What axe complains of in this document.
async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run(document, { runOnly: rules, iframes: false });
  return violations.map((one) => [one.id, one.help, one.nodes.map((node) => node.html.slice(0, 120))]);
}
