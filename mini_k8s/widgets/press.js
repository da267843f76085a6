// A button that waits for the world: pressed, it keeps its width and says so, until what it acts on is another.
// Stands behind parts.js.

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
