// One name of the loop, from wish to action.

const WORDS = { "": "", missing: "− missing", extra: "+ extra", changed: "≠ changed", same: "=  same",
  "not known": "?  not known" };
const DIFFERENT = ["missing", "extra", "changed"];

function icon({ kind, verb, until }) {
  if (until) return [draw("circle", { cx: 14, cy: 14, r: 12.5, fill: "none", stroke: "var(--mk-edge)" }),
    draw("path", { fill: "var(--mk-pending)" })];
  if (kind === "waits") return [9, 14, 19].map((cx) => draw("circle", { cx, cy: 14, r: 1.5, fill: "var(--mk-ink)" }));
  if (kind === "failed") return [draw("path", { d: "M9 9l10 10M19 9l-10 10", stroke: "var(--mk-failed)",
    "stroke-width": 2.4, "stroke-linecap": "round" })];
  const paint = kind === "under way" ? { fill: "none", stroke: "var(--mk-ink)", "stroke-width": 1.5 }
    : { fill: "var(--mk-ink)" };
  if (verb === "start") return [draw("path", { d: "M9 8l11 6-11 6z", ...paint })];
  return verb === "stop" ? [draw("rect", { x: 8.5, y: 8.5, width: 11, height: 11, ...paint })] : [];
}

class Row {
  constructor(view, name) {
    Object.assign(this, { view, name, wish: h("span", "name"), wished: h("span", "quiet"), spoken: h("span", "unseen"),
      state: h("span", "state"), times: h("span", "times"), own: h("span", "name"), detail: h("span", "quiet"), chip: h("span"),
      act: h("b"), more: h("span", "quiet"), note: h("p", "note"), icon: draw("svg", { viewBox: "0 0 28 28" }) });
    this.kill = Object.assign(h("button", "break", "kill"), { type: "button", onclick: () => this.pressed() });
    this.tile = Object.assign(h("div", "tile", h("div", "row",
      h("span", "what", h("span", "line", this.state, this.times, this.own), this.detail), this.kill)), { tabIndex: -1 });
    this.want = h("span");
    this.do = h("div", "do", this.icon, h("span", "what", this.act, this.more));
    this.tr = h("tr", "", Object.assign(h("th", "", h("div", "want", this.want)), { scope: "row" }),
      h("td", "", h("div", "was", this.tile)), h("td", "", h("div", "but", this.chip)), h("td", "", this.do, this.note));
    this.tr.dataset.name = name;
  }

  fill(data) {
    const drawn = JSON.stringify(data);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    this.data = data;
    const { differs, act } = data;
    this.tr.className = act ? "differs" : differs ? "same" : "plain";
    this.fillWish(data);
    this.fillTile(data);
    this.chip.className = DIFFERENT.includes(differs) ? `chip${data.filled ? " new" : ""}` : "";
    text(this.chip, WORDS[differs]);
    this.fillAction(act);
    this.note.hidden = !data.note;
    text(this.note, data.note); // what went wrong, in full
    this.arm();
  }

  fillWish({ name, wished, whole }) {
    const extra = wished === null;
    text(this.wish, extra ? "" : fit(name, this.view.font("mono"), 112));
    this.wish.title = extra ? "" : name;
    text(this.spoken, extra ? `${name}, ` : ", wished ");
    text(this.wished, wished ?? "not wished for");
    this.wished.title = whole;
    this.want.append(...(extra ? [this.spoken, this.wished] : [this.wish, this.spoken, this.wished]));
  }

  fillTile({ name, wished, tile }) {
    const empty = tile.state === "Empty";
    const look = empty ? "empty" : tile.known ? tile.state.toLowerCase() : "unknown";
    this.tile.className = `tile ${look}${this.tile.classList.contains("just") ? " just" : ""}`;
    this.tile.title = tile.title;
    this.state.hidden = empty;
    this.state.className = `state ${look}`;
    text(this.state, empty ? "" : tile.state);
    text(this.times, tile.times);
    const room = tile.state === "Terminating" ? 74 : 90;
    text(this.own, wished === null ? fit(name, this.view.font("mono"), room) : "");
    this.own.title = wished === null ? name : "";
    this.view.said(this.detail, tile.detail);
    this.swap(Boolean(tile.kill));
  }

  fillAction(act) {
    this.do.hidden = !act;
    this.clock = act?.until ? act : null;
    if (!act) return;
    const bold = this.view.font("bold"), name = act.say.find((piece) => piece.b);
    ruler.font = bold;
    const room = 136 - ruler.measureText(act.say.filter((piece) => typeof piece === "string").join("")).width;
    this.view.said(this.act, act.say.map((piece) => (piece === name ? fit(name.b, bold, room) : piece)));
    this.view.said(this.more, act.more);
    this.do.title = act.title;
    const key = `${act.until ?? act.kind} ${act.verb}`;
    if (this.icon.key !== key) this.icon.replaceChildren(...icon(act));
    this.icon.key = key;
    attribute(this.icon, "aria-hidden", String(!this.clock));
    if (this.clock) this.wind();
    else this.icon.removeAttribute("role");
  }

  // The clock of a back-off empties clockwise.
  wind() {
    if (!this.clock) return;
    const { until, delay, left: stopped } = this.clock; // stopped: wound back
    const left = Math.round(stopped ?? Math.max(0, -this.view.since(until)));
    const part = Math.min(0.9999, left / delay), turn = (1 - part) * 2 * Math.PI;
    attribute(this.icon, "role", "img");
    attribute(this.icon, "aria-label", `${left} of ${Math.round(delay)} seconds left`);
    const x = (14 + 10 * Math.sin(turn)).toFixed(2), y = (14 - 10 * Math.cos(turn)).toFixed(2);
    attribute(this.icon.lastChild, "d", part <= 0 ? "" : `M14 14L${x} ${y}A10 10 0 ${part > 0.5 ? 1 : 0} 1 14 4z`);
  }

  pressed() {
    if (!enabled(this.kill)) return;
    this.asked = this.data.tile.key; // until the world answers, that is, until the tile is another
    this.view.send(this.kill, { do: "kill", name: this.name });
    this.arm();
  }

  refused() {
    this.asked = null;
    this.arm();
  }

  arm() {
    const { tile } = this.data;
    if (this.asked !== tile.key) this.asked = null;
    text(this.kill, this.asked ? "…" : "kill");
    attribute(this.kill, "aria-label", this.asked ? `kill ${this.name}, queued` : `kill ${this.name}`);
    enable(this.kill, tile.kill === "on" && !this.asked && !this.view.stale);
  }

  // The focus follows the name: to the tile when its button goes, back to the button when it comes.
  swap(shown) {
    if (this.kill.hidden === !shown) return;
    const focused = document.activeElement;
    this.kill.hidden = !shown;
    if (!shown && focused === this.kill) this.tile.focus({ preventScroll: true });
    if (shown && focused === this.tile) this.kill.focus({ preventScroll: true });
  }

  // Something just died, was adopted, appeared.
  point() {
    if (this.data.tile.state === "Empty") return;
    this.tile.classList.remove("just");
    void this.tile.offsetWidth; // lets the animation begin anew
    this.tile.classList.add("just");
    setTimeout(() => this.tile.classList.remove("just"), still() ? 2000 : 800);
  }
}

// A dashed place where nothing is yet.
class Place {
  constructor(name) {
    this.name = name;
    this.tr = h("tr", "place", h("th"), h("td", "", h("div", "was", h("div", "tile empty"))), h("td"), h("td"));
    attribute(this.tr, "aria-hidden", "true");
  }

  fill() {}
  arm() {}
  wind() {}
  point() {}
}
