// The picture of a pod. Draws the dict that pod_picture.py makes, and sends back which button was pressed.
// Stands behind parts.js and press.js.

const LOOKS = { Waiting: "pending", Empty: "empty" };

// One container, with the clock of its back-off.
class ContainerTile {
  constructor(view) {
    this.view = view;
    this.name = h("span", "name");
    this.state = h("span", "state");
    this.word = h("span", "quiet");
    this.detail = h("span", "quiet");
    this.port = h("code");
    this.button = new Press(view);
    this.left = draw("text", { class: "strong", "text-anchor": "middle", y: 5 });
    this.arc = draw("path", { fill: "none", stroke: "var(--mk-pending)", "stroke-width": 5 });
    this.clock = draw("svg", { class: "clock", width: 56, height: 56, viewBox: "-30 -30 60 60", role: "img" },
      draw("circle", { r: 26, fill: "none", stroke: "var(--mk-edge)" }), this.arc, this.left);
    this.node = Object.assign(h("li", "tile", this.name, h("p", "", this.state), h("p", "", this.word),
      h("p", "", this.detail), h("div", "foot row", this.port, this.button.node), this.clock), { tabIndex: -1 });
  }

  fill(data) {
    const look = LOOKS[data.state] ?? data.state.toLowerCase(), before = this.data;
    this.data = data;
    this.node.className = `tile ${look}`;
    this.node.title = data.title;
    attribute(this.node, "data-name", data.name);
    text(this.name, fit(data.name, this.view.font("mono"), data.clock ? 70 : 120));
    this.state.className = `state ${look}`;
    text(this.state, data.state);
    this.view.said(this.word, data.word);
    this.view.said(this.detail, data.detail);
    text(this.port, data.port || data.image);
    const focused = document.activeElement === this.button.node;
    this.button.fill(data.button, data.key);
    if (focused && !data.button) this.node.focus({ preventScroll: true }); // the focus stays with the name
    if (document.activeElement === this.node && data.button) this.button.node.focus({ preventScroll: true });
    this.clock.style.display = data.clock ? "" : "none";
    this.wind();
    if (before && before.key !== data.key && this.view.drawn) {
      this.node.classList.add("just");
      setTimeout(() => this.node.classList.remove("just"), still() ? 2000 : 800);
    }
  }

  // The clock of a back-off empties clockwise.
  wind() {
    if (!this.data?.clock) return;
    const { until, delay } = this.data.clock, left = Math.round(Math.max(0, -this.view.since(until)));
    const part = Math.min(0.9999, left / delay), turn = (1 - part) * 2 * Math.PI;
    attribute(this.clock, "aria-label", `${left} of ${Math.round(delay)} seconds left`);
    text(this.left, `${left} s`);
    const x = (24 * Math.sin(turn)).toFixed(2), y = (-24 * Math.cos(turn)).toFixed(2);
    attribute(this.arc, "d", part <= 0 ? "" : `M${x} ${y}A24 24 0 ${part > 0.5 ? 1 : 0} 1 0 -24`);
  }
}

class PodView extends Living {
  constructor(model, el) {
    super(model, el, "pod");
    this.name = h("span", "name");
    this.phase = h("span", "state");
    this.where = h("span", "quiet");
    this.address = h("span", "address");
    this.boxState = h("span", "state");
    this.boxWord = h("span", "quiet");
    this.boxButton = new Press(this);
    this.list = h("ul", "parts");
    this.mounts = h("div", "mounts");
    this.volumes = h("div", "volumes");
    this.box = h("div", "sandbox", h("div", "row", h("span", "", h("b", "", "sandbox"), " ", this.boxState, " ", this.boxWord),
      this.boxButton.node), this.list);
    this.strip = h("div", "backoff");
    this.whose = h("p", "whose quiet");
    this.root.append(h("section", "pod", h("div", "row top", h("span", "", this.name, " ", this.phase, h("br"), this.where),
      this.address), this.box, this.mounts, this.volumes), this.strip, this.whose);
    this.tiles = new Map();
  }

  draw() {
    const picture = this.model.get("picture"), { pod, sandbox, tiles } = picture;
    this.head(picture);
    text(this.name, fit(pod.name, this.font("mono"), 260));
    this.name.title = pod.name;
    this.phase.className = `state ${{ gone: "unknown" }[pod.phase] ?? pod.phase.toLowerCase()}`;
    text(this.phase, pod.phase);
    text(this.where, pod.where);
    this.address.classList.toggle("lost", !pod.address);
    text(this.address, pod.address || (pod.lost ? `${pod.lost} is gone` : "no address"));
    this.box.classList.toggle("empty", sandbox.state === "Empty");
    this.box.classList.toggle("dead", sandbox.state === "Failed");
    this.boxState.className = `state ${LOOKS[sandbox.state] ?? sandbox.state.toLowerCase()}`;
    text(this.boxState, sandbox.word);
    this.said(this.boxWord, sandbox.detail);
    this.boxButton.fill(sandbox.button, sandbox.key);
    const names = new Set(tiles.map((tile) => tile.name));
    for (const [name, tile] of this.tiles) if (!names.has(name)) { tile.node.remove(); this.tiles.delete(name); }
    tiles.forEach((data, i) => {
      if (!this.tiles.has(data.name)) this.tiles.set(data.name, new ContainerTile(this));
      const tile = this.tiles.get(data.name);
      if (this.list.children[i] !== tile.node) this.list.insertBefore(tile.node, this.list.children[i] ?? null);
      tile.fill(data);
    });
    const columns = `repeat(${Math.max(2, Math.min(4, tiles.length))}, 1fr)`;
    this.list.style.gridTemplateColumns = this.mounts.style.gridTemplateColumns = columns;
    this.drawVolumes(picture.volumes, tiles);
    this.drawStrip(picture.backoff);
    this.drawWhose(picture.whose);
    this.live();
    this.drawn = tiles.length > 0;
  }

  // Beneath each container the paths at which it finds a volume, and beneath them the volumes.
  drawVolumes(volumes, tiles) {
    const key = JSON.stringify([volumes, tiles.map((tile) => tile.name)]);
    if (this.volumesKey === key) return;
    this.volumesKey = key;
    this.mounts.hidden = !volumes.length;
    this.mounts.replaceChildren(...tiles.map(({ name }) => {
      const paths = volumes.filter(({ there }) => there).flatMap((v) => v.mounts.filter((m) => m.container === name));
      return h("span", paths.length ? "mount" : "", ...paths.map(({ path }) => h("code", "", path)));
    }));
    this.volumes.replaceChildren(...volumes.map(({ name, words, there }) =>
      h("div", `volume${there ? "" : " absent"}`, h("span", "name", name), h("span", "quiet", `volume, ${words}`))));
  }

  drawStrip(strip) {
    const key = JSON.stringify(strip);
    if (this.stripKey === key) return;
    this.stripKey = key;
    attribute(this.strip, "data-empty", String(!strip));
    if (!strip) { this.strip.replaceChildren(); return; }
    const bars = h("div", "bars", ...strip.bars.map(({ seconds, when }) => {
      const bar = h("span", `bar ${when}`, h("i"), h("span", "", `${seconds} s`));
      bar.style.flexGrow = seconds;
      return bar;
    }));
    attribute(bars, "role", "img");
    const now = strip.bars.find(({ when }) => when === "is");
    attribute(bars, "aria-label", `${strip.name} waits ${now?.seconds} seconds now; the waits are ${strip.bars.map((b) => b.seconds).join(", ")} seconds`);
    this.strip.replaceChildren(h("p", "quiet", h("b", "", `${strip.name} waits`),
      ` longer each time, up to ${strip.cap} s; a run of ${strip.reset} s makes all of it forgotten`), bars);
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
    this.boxButton.arm();
    for (const tile of this.tiles.values()) { tile.button.arm(); tile.wind(); }
  }

  remeasure() { cuts.clear(); }

  refused(what, name) {
    if (what === "kill sandbox") this.boxButton.refused();
    for (const tile of this.tiles.values()) if (tile.data.name === name) tile.button.refused();
  }
}

export default lives(PodView);
