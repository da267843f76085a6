// The picture of a ReplicaSet. Draws the dict that replicaset_picture.py makes, and sends back which button was pressed.
// Stands behind parts.js and press.js.

// One pod, inside the set or outside; or a place at which one is missing.
class PodTile {
  constructor(view) {
    this.view = view;
    this.name = h("span", "name");
    this.labels = h("p");
    this.state = h("span", "state");
    this.word = h("span", "quiet");
    this.owner = h("span", "badge");
    this.button = new Press(view);
    this.foot = h("div", "row", h("span", "", this.owner), this.button.node);
    this.node = Object.assign(h("li", "tile", this.name, this.labels, h("p", "", this.state, " ", this.word), this.foot),
      { tabIndex: -1 });
  }

  fill(data) {
    const look = data.state.toLowerCase(), before = this.data, empty = data.state === "Empty";
    this.data = data;
    this.node.className = `tile ${look}${data.over ? " over" : ""}`;
    this.node.title = data.name;
    attribute(this.node, "data-name", data.name);
    text(this.name, fit(data.name, this.view.font("mono"), 130));
    const key = JSON.stringify([data.labels, data.adopted]);
    if (this.labelsKey !== key) {
      this.labelsKey = key;
      this.labels.replaceChildren(...data.labels.map(({ text: words, fits, asked }) =>
        h("span", `label${asked && !fits ? " no" : ""}`, words)), ...(data.adopted ? [h("span", "quiet", "adopted")] : []));
    }
    this.state.className = empty ? "" : `state ${look}`;
    text(this.state, empty ? "" : data.state);
    text(this.word, data.word);
    this.owner.hidden = !data.owner;
    text(this.owner, data.owner);
    const focused = document.activeElement === this.button.node;
    this.button.fill(data.button, data.key);
    if (focused && !data.button) this.node.focus({ preventScroll: true }); // the focus stays with the name
    if (before && before.key !== data.key && this.view.drawn) {
      this.node.classList.add("just");
      setTimeout(() => this.node.classList.remove("just"), still() ? 2000 : 800);
    }
  }
}

class ReplicaSetView extends Living {
  constructor(model, el) {
    super(model, el, "replicaset");
    this.name = h("span", "name");
    this.about = h("span", "quiet");
    this.goal = h("span", "goal");
    this.chip = h("span", "chip new");
    this.inside = h("ul", "pods");
    this.outside = h("ul", "pods out");
    this.nobody = h("li", "tile empty nobody", h("p", "quiet", "change a pod's label and it moves here, alive"));
    this.whose = h("p", "whose quiet");
    this.root.append(
      h("section", "set", h("div", "row", h("span", "", this.name, " ", this.about), h("span", "", this.goal, this.chip)),
        this.inside),
      h("h4", "", h("b", "", "Not selected"), " ", h("span", "quiet", "neither counted nor replaced")), this.outside,
      this.whose);
    this.tiles = new Map();
  }

  draw() {
    const picture = this.model.get("picture"), { set, tiles, others } = picture;
    this.head(picture);
    text(this.name, fit(set.name, this.font("mono"), 260));
    text(this.about, set.there ? `ReplicaSet · selector ${set.selector}` : "no such ReplicaSet");
    text(this.goal, set.there ? `replicas: ${set.replicas}` : "");
    this.chip.hidden = !set.differs;
    text(this.chip, set.differs);
    const keyed = [...tiles.map((data) => [data, this.inside]), ...others.map((data) => [data, this.outside])];
    const keys = new Set(keyed.map(([data]) => data.name || data.key));
    for (const [key, tile] of this.tiles) if (!keys.has(key)) { tile.node.remove(); this.tiles.delete(key); }
    const count = new Map([[this.inside, 0], [this.outside, 0]]);
    for (const [data, list] of keyed) {
      const key = data.name || data.key, i = count.get(list);
      if (!this.tiles.has(key)) this.tiles.set(key, new PodTile(this));
      const tile = this.tiles.get(key);
      if (list.children[i] !== tile.node) list.insertBefore(tile.node, list.children[i] ?? null);
      count.set(list, i + 1);
      tile.fill(data);
    }
    if (others.length) this.nobody.remove(); else this.outside.append(this.nobody);
    this.drawWhose(picture.whose);
    this.live();
    this.drawn = tiles.length > 0;
  }

  drawWhose(whose) {
    const key = JSON.stringify(whose);
    if (this.whoseKey === key) return;
    this.whoseKey = key;
    this.whose.replaceChildren(...whose.flatMap(({ name, who }, i) =>
      [i ? " · " : "decided by ", h("code", "", name), " ", h("span", `badge ${who}`, who)]));
  }

  live() {
    const { over, status } = this.model.get("picture"), { looked } = this.model.get("beat");
    this.hears(over, status, looked ? ["looked ", { age: looked }, " ago"] : ["not looked yet"]);
    for (const tile of this.tiles.values()) tile.button.arm();
  }

  remeasure() { cuts.clear(); }

  refused(what, name) {
    for (const tile of this.tiles.values()) if (tile.data.name === name) tile.button.refused();
  }
}

export default lives(ReplicaSetView);
