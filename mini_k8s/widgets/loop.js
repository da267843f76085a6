// The picture of a control loop. Draws the dict that picture.py makes, and sends back which button was pressed.
// Stands behind parts.js, row.js and tape.js.

const SPEEDS = [[0.25, "¼", "a quarter"], [1, "1", "normal"], [4, "4", "four times"]];
const BUTTONS = {
  step: ["Step", "Make one pass: look, compare, act"],
  run: ["Run", "Make passes by itself, from now on"],
  pause: ["Pause", "Go on looking, but do not act"],
  rewind: ["Rewind", "Show the pass before; changes nothing but the picture. Run and Step return to now"],
};

class LoopView extends Living {
  constructor(model, el) {
    super(model, el, "loop");
    this.rows = new Map();
    this.body = h("tbody");
    this.tape = new Tape(this);
    this.root.append(this.table(), this.player(), this.tape.list);
    this.body.addEventListener("pointerleave", () => this.plan());
  }

  table() {
    this.whose = { reconcile: h("span", "badge"), diff: h("span", "badge") };
    this.diff = h("span", "", h("code", "", "diff"), " ", this.whose.diff);
    this.later = { difference: h("span", "quiet"), action: h("span", "quiet") };
    const columns = h("colgroup");
    for (const width of [132, 280, 172, 176]) columns.append(Object.assign(h("col"), { width }));
    const head = (word, ...under) => Object.assign(h("th", "", h("b", "", word), ...under), { scope: "col" });
    const bracket = Object.assign(h("th", "bracket", h("span", "", h("code", "", "reconcile"), " ", this.whose.reconcile)),
      { colSpan: 4 });
    return h("table", "loop", columns, h("thead", "", h("tr", "", bracket), h("tr", "",
      head("desired", h("span", "quiet", "what should be")), head("observed", h("span", "quiet", "what is there")),
      head("difference", this.diff, this.later.difference), head("action", this.later.action))), this.body);
  }

  player() {
    this.buttons = {};
    for (const [name, [word, title]] of Object.entries(BUTTONS)) {
      const button = Object.assign(h("button", name === "step" ? "first" : "", word), { type: "button", title });
      button.onclick = () => this.send(button, { do: name });
      this.buttons[name] = button;
    }
    const speeds = h("fieldset", "", h("span", "quiet", "speed")), group = `mk-${Math.random()}`;
    this.speeds = SPEEDS.map(([speed, word, spoken]) => {
      const input = Object.assign(h("input"), { type: "radio", name: group, value: speed });
      attribute(input, "aria-label", `speed: ${spoken}`);
      input.onchange = () => {
        this.asked = { speed, until: now() + 3 }; // shown at once, and until the loop has had time to follow
        this.send(input, { do: "speed", speed });
      };
      speeds.append(h("label", "", input, word));
      return input;
    });
    this.bar = h("div", "player", ...Object.values(this.buttons), speeds);
    attribute(this.bar, "role", "toolbar");
    attribute(this.bar, "aria-label", "The loop");
    return this.bar;
  }

  draw() {
    const picture = this.model.get("picture");
    this.head(picture);
    for (const [name, badge] of Object.entries(this.whose)) {
      const { who, module } = picture.whose[name];
      text(badge, who);
      badge.className = `badge ${who}`;
      badge.title = `${name} comes from ${module}`;
    }
    this.drawLater(picture.grey);
    this.drawRows(picture);
    this.tape.draw(picture);
    this.live();
    this.drawn = true;
  }

  // Columns that the learner has yet to build.
  drawLater(grey) {
    this.diff.hidden = grey.difference !== undefined;
    text(this.later.difference, grey.difference ?? "");
    text(this.later.action, grey.action ?? "what is done about it");
    for (const [column, words] of Object.entries(this.later))
      words.parentNode.classList.toggle("later", grey[column] !== undefined);
    attribute(this.root, "data-later", Object.keys(grey).join(" "));
  }

  drawRows({ rows, rewound }) {
    const moving = !still() && rows.length <= 80 && this.drawn;
    this.root.toggleAttribute("data-many", rows.length > 80);
    const shown = rows.length ? rows : [0, 1, 2].map((i) => ({ name: `\n${i}`, place: true }));
    const names = new Set(shown.map((row) => row.name));
    const leaving = [...this.rows.values()].filter((row) => !names.has(row.name));
    const staying = rows.length && this.body.matches(":hover"); // nothing moves away under the pointer
    if (leaving.length && !staying) this.leave(leaving, moving);
    const left = new Set(leaving.map((row) => row.tr));
    let place = this.body.firstChild;
    for (const data of shown) {
      const fresh = !this.rows.has(data.name);
      if (fresh) this.rows.set(data.name, data.place ? new Place(data.name) : new Row(this, data.name));
      const row = this.rows.get(data.name);
      while (place && left.has(place)) place = place.nextSibling;
      if (row.tr === place) place = place.nextSibling;
      else this.body.insertBefore(row.tr, place);
      const before = row.data?.tile.key;
      row.fill(data);
      if (this.drawn && before !== row.data?.tile.key && !rewound && !this.wasRewound) row.point();
      if (fresh && moving) row.tr.animate(
        [{ opacity: 0, transform: "translateY(6px)" }, { opacity: 1, transform: "none" }], 320);
    }
    this.wasRewound = rewound;
  }

  // A place is given up without a jump: what stands below slides, and the focus goes to what comes into its place.
  leave(rows, moving) {
    const below = [...this.body.children, this.bar, this.tape.list];
    const tops = moving ? below.map((node) => node.getBoundingClientRect().top) : [];
    for (const { tr, name } of rows) {
      const focused = tr.contains(document.activeElement), heir = tr.nextElementSibling ?? tr.previousElementSibling;
      tr.remove();
      this.rows.delete(name);
      if (focused) (heir?.querySelector("button:not([hidden])") ?? this.buttons.step).focus({ preventScroll: true });
    }
    if (!moving) return;
    const zoom = Number(this.root.style.zoom || 1);
    below.forEach((node, i) => {
      const fall = node.isConnected ? (tops[i] - node.getBoundingClientRect().top) / zoom : 0;
      if (fall) node.animate([{ transform: `translateY(${fall}px)` }, { transform: "none" }],
        { duration: 320, easing: "cubic-bezier(.2, 0, 0, 1)" });
    });
  }

  // Whether anybody is still there, and what may be pressed.
  live() {
    const picture = this.model.get("picture"), { looked } = this.model.get("beat");
    this.stale = picture.closed || this.silence > STALE;
    this.root.toggleAttribute("data-stale", this.stale);
    text(this.status, picture.status);
    text(this.looked, this.stale ? `stale, last heard ${age(this.silence)} ago` : picture.rewound ? "wound back, not now"
      : looked ? `looked ${age(this.since(looked))} ago` : "not looked yet");
    for (const [name, button] of Object.entries(this.buttons)) enable(button, picture.player[name] && !this.stale);
    if (this.asked && (this.asked.speed === picture.player.speed || now() > this.asked.until)) this.asked = null;
    for (const radio of this.speeds) {
      radio.disabled = this.stale;
      radio.checked = Number(radio.value) === (this.asked ?? picture.player).speed;
    }
    for (const row of this.rows.values()) row.arm();
  }

  tick() {
    super.tick();
    for (const row of this.rows.values()) row.wind();
  }

  remeasure() {
    for (const row of this.rows.values()) row.drawn = null;
    this.tape.key = null;
  }

  refused(what, name) {
    if (what === "kill") this.rows.get(name)?.refused?.();
  }
}

export default lives(LoopView);
