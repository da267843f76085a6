"""What an eye would see, computed: clipped and overlapping words, and the contrast of every word."""

_WORDS = """
  const words = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const owner = node.parentElement, range = document.createRange();
    if (!node.data.trim() || owner.closest(".unseen") || !owner.checkVisibility()) continue;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width) words.push({ node, owner, box, text: node.data.trim() });
  }
"""

CLIPPED_OR_OVERLAPPING = """(root) => {""" + _WORDS + """
  const bad = [], frame = root.getBoundingClientRect();
  for (const { owner, box, text } of words) {
    for (let outer = owner; outer !== root.parentElement; outer = outer.parentElement) {
      const style = getComputedStyle(outer), edge = outer.getBoundingClientRect();
      if (style.display === "inline" || style.overflowX === "visible" && outer !== root) continue;
      if (box.left < edge.left - 1 || box.right > edge.right + 1 ||
          box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
        bad.push(`'${text}' is clipped by ${outer.tagName}.${outer.className}`);
    }
    if (box.right > frame.right + 1 || box.left < frame.left - 1) bad.push(`'${text}' leaves the picture`);
  }
  for (let i = 0; i < words.length; i++) for (let j = i + 1; j < words.length; j++) {
    const [a, b] = [words[i], words[j]];
    const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
    const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
    if (a.node !== b.node && wide > 1 && high > 3) bad.push(`'${a.text}' and '${b.text}' overlap`);
  }
  const say = root.querySelector(".say"), line = parseFloat(getComputedStyle(say).lineHeight);
  if (say.scrollHeight > 2 * line + 2) bad.push(`the sentence has more than two lines: ${say.textContent}`);
  for (const node of root.querySelectorAll("button:not(.pass), label")) {
    const { width, height } = node.getBoundingClientRect(), zoom = Number(root.style.zoom || 1);
    if (node.checkVisibility() && Math.min(width, height) / zoom < 23.5) bad.push(`${node.textContent} is too small`);
    if (node.scrollWidth > node.clientWidth + 1) bad.push(`${node.textContent} does not fit`);
  }
  for (const node of root.querySelectorAll("*"))
    if (/auto|scroll/.test(getComputedStyle(node).overflow)) bad.push(`a scrollbar in ${node.className}`);
  return bad;
}"""

LOWEST_CONTRAST = """async (root) => {
  const moving = root.getAnimations({ subtree: true }).filter((a) => a.effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(moving.map((animation) => animation.finished)); // colours on their way are nobody's to judge
""" + _WORDS + """
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const paint = (colours) => {
    pixel.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); }
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let lowest = { contrast: 99, text: "" };
  for (const { owner, text } of words) {
    const papers = [];
    for (let outer = owner; outer; outer = outer.parentElement) papers.unshift(getComputedStyle(outer).backgroundColor);
    const paper = light(paint(papers)), ink = light(paint([...papers, getComputedStyle(owner).color]));
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < lowest.contrast) lowest = { contrast, text, count: words.length };
  }
  return lowest;
}"""
