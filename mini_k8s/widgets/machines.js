// The picture of machines. Draws the dict that machines_picture.py makes, and sends back which button was pressed.
// Stands behind parts.js.

// A button that waits for the world: pressed, it keeps its width and says so, until its place is another.
class Press {
  constructor(view) {
    this.view = view;
    this.node = Object.assign(h("button", "break"), { type: "button", hidden: true, onclick: () => this.pressed() });
  }

  fill(data, key) {
    this.data = data;
    if (this.asked !== key) this.asked = null;
    this.key = key;
    this.node.hidden = !data;
    if (data) this.arm();
  }

  pressed() {
    if (!this.data || !enabled(this.node)) return;
    const { do: what, name, machine } = this.data;
    this.asked = this.key;
    this.node.style.minWidth = `${this.node.offsetWidth}px`;
    this.view.send(this.node, { do: what, name, machine });
    this.arm();
  }

  arm() {
    if (!this.data) return;
    const waits = this.asked === this.key;
    if (!waits) this.node.style.minWidth = "";
    text(this.node, waits ? "…" : this.data.say);
    attribute(this.node, "aria-label", waits ? `${this.data.label}, queued` : this.data.label);
    enable(this.node, this.data.on && !waits && !this.view.stale);
  }

  refused() {
    this.asked = null;
    this.arm();
  }
}

// One place on a machine. It stays where it is, whatever stands on it.
class PlaceOn {
  constructor(view) {
    this.view = view;
    this.name = h("span", "name");
    this.aside = h("span", "quiet");
    this.state = h("span", "state");
    this.detail = h("span", "quiet");
    this.button = new Press(view);
    this.node = Object.assign(h("li", "tile", h("div", "row", h("span", "what", h("span", "line", this.name, this.aside),
      h("span", "line", this.state, this.detail)), this.button.node)), { tabIndex: -1 });
  }

  fill(data) {
    const empty = data.state === "Empty", before = this.data;
    const look = empty ? "empty" : data.known ? data.state.toLowerCase() : "unknown";
    this.data = data;
    this.node.className = `tile ${look}${this.node.classList.contains("just") ? " just" : ""}`;
    this.node.title = data.title;
    attribute(this.node, "data-name", data.name);
    text(this.name, empty ? "" : fit(data.name, this.view.font("mono"), data.aside.length ? 84 : 140));
    this.view.said(this.aside, data.aside);
    this.state.className = `state ${look}`;
    this.state.hidden = empty;
    text(this.state, empty ? "" : data.state);
    this.view.said(this.detail, data.detail);
    const focused = document.activeElement === this.button.node;
    this.button.fill(data.button, data.key + (data.button?.name ?? ""));
    if (focused && !data.button) this.node.focus({ preventScroll: true }); // the focus stays with the place
    if (document.activeElement === this.node && data.button) this.button.node.focus({ preventScroll: true });
    if (before && before.key !== data.key && this.view.drawn) this.point();
  }

  // Something just died, or appeared.
  point() {
    if (this.data.state === "Empty" || !this.data.known) return;
    this.node.classList.remove("just");
    void this.node.offsetWidth; // lets the animation begin anew
    this.node.classList.add("just");
    setTimeout(() => this.node.classList.remove("just"), still() ? 2000 : 800);
  }
}

class MachineBox {
  constructor(view, name) {
    this.view = view;
    this.title = h("span", "name");
    this.state = h("span", "state");
    this.word = h("span", "quiet");
    this.list = h("ul");
    this.switch = new Press(view);
    this.foot = h("div", "foot", this.switch.node);
    this.node = h("li", "machine", h("div", "row top", h("span", "", this.title, h("br"), this.state), this.word),
      this.list, this.foot);
    this.node.dataset.machine = name;
    this.places = [];
  }

  fill(data) {
    this.node.classList.toggle("off", !data.on);
    attribute(this.node, "aria-label", data.label);
    text(this.title, fit(data.name, this.view.font("mono"), 120));
    this.title.title = data.name;
    this.state.className = `state ${data.on ? "running" : "unknown"}`;
    text(this.state, data.state);
    text(this.word, data.word);
    while (this.places.length > data.places.length) this.places.pop().node.remove();
    data.places.forEach((place, i) => {
      if (!this.places[i]) this.list.append((this.places[i] = new PlaceOn(this.view)).node);
      this.places[i].fill(place);
    });
    this.foot.hidden = !data.switch;
    this.switch.fill(data.switch, `${data.on}`);
  }

  get buttons() { return [...this.places.map((place) => place.button), this.switch]; }
}

class MachinesView extends Living {
  constructor(model, el) {
    super(model, el, "machines");
    this.boxes = new Map();
    this.list = h("ul", "machines");
    this.root.append(this.list);
  }

  draw() {
    const picture = this.model.get("picture");
    this.head(picture);
    this.root.toggleAttribute("data-paused", picture.paused);
    const { machines } = picture, names = new Set(machines.map((machine) => machine.name));
    this.root.toggleAttribute("data-many", machines.reduce((sum, { places }) => sum + places.length, 0) > 80);
    for (const [name, box] of this.boxes) if (!names.has(name)) { box.node.remove(); this.boxes.delete(name); }
    machines.forEach((machine, i) => {
      if (!this.boxes.has(machine.name)) this.boxes.set(machine.name, new MachineBox(this, machine.name));
      const box = this.boxes.get(machine.name);
      if (this.list.children[i] !== box.node) this.list.insertBefore(box.node, this.list.children[i] ?? null);
      box.fill(machine);
    });
    this.live();
    this.drawn = machines.length > 0;
  }

  live() {
    const { over, status } = this.model.get("picture"), { looked } = this.model.get("beat");
    this.hears(over, status, looked ? ["looked ", { age: looked }, " ago"] : ["not looked yet"]);
    for (const box of this.boxes.values()) for (const button of box.buttons) button.arm();
  }

  remeasure() { cuts.clear(); }

  refused(what, name) {
    for (const box of this.boxes.values()) for (const button of box.buttons)
      if (button.data?.do === what && button.data.name === name) button.refused();
  }
}

export default lives(MachinesView);
