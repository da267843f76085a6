// The picture of an object and its writers. Draws the dict that race_picture.py makes.
// Stands behind parts.js and tape.js.

const [GUTTER, COLUMN, LANE] = [92, 133, 22];
const across = (place, lane) => place < 0 ? GUTTER - 6 : GUTTER + COLUMN * place + 16 + 12 * lane;

// The tape of versions: one stop for the Tab key; arrows walk it, Enter shows one.
class Versions extends Tape {
  constructor(view) {
    super(view);
    attribute(this.list, "aria-label", "Versions and refused writes, oldest first; arrow keys walk them, Enter shows one");
  }

  cut(words) { return fit(words, this.view.font("small"), COLUMN - 26); }

  draw({ cells }) {
    const key = JSON.stringify(cells);
    if (this.key === key) return;
    this.key = key;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.pass : null;
    this.list.replaceChildren(...cells.map((cell) => this.pass(cell.kind, cell.key, cell.title, cell.shown, [
      h("b", "head-of", ...(cell.kind === "refused" ? [h("span", "state failed", cell.head)] : [cell.head])),
      h("span", "quiet", this.cut(cell.who)), ...cell.what.map((line) => h("span", "", this.cut(line))),
      ...(cell.undone ? [h("span", "chip new", cell.undone)] : [])])));
    if (!cells.length) this.list.append(h("li", "place", h("span", "quiet", "a place for a version")));
    const all = this.buttons;
    this.stop = all.find((button) => button.dataset.pass === (focused ?? this.stop?.dataset.pass)) ??
      all.find((button) => button.hasAttribute("aria-current")) ?? all.at(-1);
    for (const button of all) button.tabIndex = button === this.stop ? 0 : -1;
    if (focused !== null) this.stop?.focus({ preventScroll: true });
  }
}

class RaceView extends Living {
  constructor(model, el) {
    super(model, el, "race");
    this.lanes = draw("svg", { width: 760, "aria-hidden": "true" });
    this.before = h("span", "quiet");
    this.tape = new Versions(this);
    this.stateHead = h("p", "quiet");
    this.parts = { wish: h("dl"), fact: h("dl") };
    this.root.append(this.lanes, h("div", "line", h("div", "gutter", h("span", "quiet", "versions"), this.before), this.tape.list),
      this.stateHead, h("div", "object", h("div", "part", h("span", "quiet", "spec, the wish"), this.parts.wish),
        h("div", "part", h("span", "quiet", "status, the fact"), this.parts.fact)));
  }

  draw() {
    const picture = this.model.get("picture");
    this.head(picture);
    this.drawLanes(picture);
    text(this.before, picture.before ? `${picture.before} before` : "");
    this.tape.draw(picture);
    text(this.stateHead, picture.state.head);
    for (const [name, list] of Object.entries(this.parts)) this.drawPart(list, picture.state[name]);
    this.live();
  }

  // Each write as a line in its writer's lane: from the version it was made from to the one it became.
  drawLanes({ writers, cells }) {
    const key = JSON.stringify([writers, cells]);
    if (this.key === key) return;
    this.key = key;
    const height = LANE * Math.max(1, writers.length);
    const parts = writers.map((who, i) => draw("text", { x: 0, y: LANE * i + 15 }, fit(who, this.font("small"), GUTTER - 14)));
    for (const { lane, place, from, kind, asked } of cells) {
      if (lane < 0) continue;
      const x = across(place, lane), y = LANE * lane + 11, begin = from === null ? x : across(from, lane);
      if (from !== null) parts.push(draw("path", { class: `made ${kind} ${asked ? "" : "unsaid"}`, d: `M${begin} ${y}H${x}` }),
        draw("circle", { class: "read", cx: begin, cy: y, r: 3.5 }));
      parts.push(kind === "refused" ? draw("path", { class: "x", d: `M${x - 5} ${y - 5}l10 10M${x + 5} ${y - 5}l-10 10` })
        : draw("g", {}, draw("path", { class: "made", d: `M${x} ${y}V${height}` }), draw("circle", { class: "wrote", cx: x, cy: y, r: 4 })));
    }
    attribute(this.lanes, "height", String(height));
    attribute(this.lanes, "viewBox", `0 0 760 ${height}`);
    this.lanes.replaceChildren(...parts);
  }

  drawPart(list, fields) {
    const key = JSON.stringify(fields);
    if (list.key === key) return;
    list.key = key;
    list.parentNode.classList.toggle("empty", !fields.length);
    list.replaceChildren(...(fields.length ? fields.map(({ name, value, fresh }) => h("div", fresh ? "fresh" : "", h("dt", "", name),
      h("dd", "", value))) : [h("div", "", h("dt", "", "nothing"), h("dd", ""))]));
  }

  live() {
    const { over, status } = this.model.get("picture"), { looked } = this.model.get("beat");
    this.hears(over, status, ["last write ", { age: looked }, " ago"]);
    for (const button of this.tape.buttons) enable(button, !this.stale);
  }

  remeasure() {
    cuts.clear();
    this.key = this.tape.key = null;
  }
}

export default lives(RaceView);
