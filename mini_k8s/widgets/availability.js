// The chart of a history. Draws the dict that availability_picture.py makes; every place in it was worked out there.
// Stands behind parts.js.

const [LEFT, RIGHT, HEIGHT, TOP, BOTTOM] = [36, 748, 304, 126, 276];

class AvailabilityView extends Living {
  constructor(model, el) {
    super(model, el, "availability");
    this.hatch = `mk-lack-${Math.random().toString(36).slice(2)}`;
    this.chart = draw("svg", { width: 760, height: HEIGHT, viewBox: `0 0 760 ${HEIGHT}`, role: "img" });
    this.facts = h("dl", "facts");
    this.root.append(this.chart, this.facts);
  }

  draw() {
    const picture = this.model.get("picture");
    this.head(picture);
    attribute(this.chart, "aria-label", this.say.textContent);
    const key = JSON.stringify(picture.chart);
    if (this.key !== key) this.chart.replaceChildren(...this.parts(picture.chart));
    this.key = key;
    this.drawFacts(picture.facts);
    this.live();
  }

  parts({ lack, ran, edge, looks, marks, counts, ticks }) {
    const words = (x, y, text, className = "") => draw("text", { x, y, class: className }, text);
    const parts = [draw("defs", {}, draw("pattern", { id: this.hatch, width: 6, height: 6, patternUnits: "userSpaceOnUse",
      patternTransform: "rotate(45)" }, draw("rect", { width: 6, height: 6, class: "lack-paper" }),
      draw("rect", { width: 2.5, height: 6, class: "lack-line" })))];
    for (const { x, width } of looks) parts.push(
      draw("rect", { class: "look", x, y: 0, width, height: BOTTOM }), words(x + 8, 16, "you looked away"));
    for (const { x, to, y, label, before, open, title } of marks) parts.push(draw("g", { class: "react" },
      draw("title", {}, title), draw("path", { class: "line", d: `M${x} ${y}H${to}` }),
      draw("path", { class: "x", d: `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8` }),
      ...(open ? [] : [draw("circle", { cx: to, cy: y, r: 4.5 })]),
      ...(label ? [draw("text", { x: before ? x - 10 : to + 10, y: y + 4, class: "strong",
        "text-anchor": before ? "end" : "start" }, label)] : [])));
    if (edge) parts.push( // what lacks is drawn under what ran: the eye finds the gap
      draw("path", { d: lack, fill: `url(#${this.hatch})` }), draw("path", { class: "paper", d: ran }),
      draw("path", { class: "ran", d: ran }), draw("path", { class: "edge", d: edge }));
    parts.push(draw("path", { class: "wished", d: `M${LEFT} ${TOP - 1}H${RIGHT}` }), words(44, TOP - 8, "wished", "strong"));
    if (edge) parts.push(words(44, BOTTOM - 9, "running", "strong"));
    parts.push(draw("path", { class: "axis", d: `M${LEFT} ${BOTTOM + 0.5}H${RIGHT}` }));
    for (const { y, label } of counts) parts.push(draw("text", { x: 28, y: y + 4, "text-anchor": "end" }, label));
    for (const { x, label } of ticks) parts.push(draw("text", { x, y: BOTTOM + 19, "text-anchor": "middle" }, label));
    return parts;
  }

  drawFacts(facts) {
    if (this.facts.childElementCount !== facts.length) this.facts.replaceChildren(...facts.map(({ label }) =>
      h("div", "", h("dt", "", label === "Failed" ? h("span", "state failed", label) : label),
        h("dd", "", h("span"), " ", h("small")))));
    facts.forEach(({ value, unit }, i) => {
      const [number, small] = this.facts.children[i].querySelectorAll("dd > *");
      text(number, value);
      text(small, unit);
    });
  }

  live() {
    const { over, status, played } = this.model.get("picture");
    this.hears(false, status, [played]);
    if (over) { // what is past does not grow old
      this.stale = false;
      this.root.removeAttribute("data-stale");
      this.said(this.looked, [played]);
    }
  }
}

export default lives(AvailabilityView);
