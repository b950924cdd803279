// How an element is seen: its contrast on what lies behind it, its opacity, its size, and whether it is on top.
(element) => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const parse = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const over = (top, below) => [0, 1, 2].map((at) => (top[at] * top[3] + below[at] * (255 - top[3])) / 255).concat(255);
  const light = (colour) =>
    colour
      .slice(0, 3)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const chain = [];
  for (let node = element; node; node = node.parentElement) chain.unshift(getComputedStyle(node));
  const paper = chain.reduce((below, style) => over(parse(style.backgroundColor), below), [255, 255, 255, 255]);
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const [least, most] = [light(over(parse(style.color), paper)), light(paper)].sort((a, b) => a - b);
  const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    contrast: (most + 0.05) / (least + 0.05),
    opacity: chain.reduce((all, one) => all * Number(one.opacity), 1),
    size: parseFloat(style.fontSize),
    width: box.width,
    height: box.height,
    isOnTop: element.contains(hit) || Boolean(hit?.contains(element)),
  };
}
