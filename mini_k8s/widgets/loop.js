// The picture of a control loop. Draws the dict that picture.py makes and sends back which button was pressed.
// Everything is inserted as text, rows are kept by name, and ages are counted here, so a quiet loop costs no traffic.

const STALE = 3; // seconds without a heartbeat
const WORDS = { "": "", missing: "− missing", extra: "+ extra", changed: "≠ changed", same: "=  same", gone: "gone",
  "not known": "?  not known" };
const SPEEDS = [[0.25, "¼", "a quarter"], [1, "1", "normal"], [4, "4", "four times"]];
const hearts = new Map(); // name of a view -> when it was heard last, and how far the kernel's clock is ahead

const now = () => Date.now() / 1000;
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function h(tag, className = "", ...inside) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...inside);
  return node;
}

function draw(tag, attributes, ...inside) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside);
  return node;
}

const text = (node, words) => { if (node.textContent !== words) node.textContent = words; };
const attribute = (node, key, value) => { if (node.getAttribute(key) !== value) node.setAttribute(key, value); };

// A disabled button loses the focus, and the next key would hit the notebook: so it is only marked.
const enable = (button, on) => attribute(button, "aria-disabled", String(!on));

function age(seconds) {
  const s = Math.max(0, seconds);
  if (s < 1) return `${(Math.floor(s * 10) / 10).toFixed(1)} s`;
  for (const [limit, unit, length] of [[120, "s", 1], [7200, "min", 60], [172800, "h", 3600]])
    if (s < limit) return `${Math.floor(s / length)} ${unit}`;
  return `${Math.floor(s / 86400)} d`;
}

// Long names are cut in the middle, and only as far as they have to be.
const ruler = document.createElement("canvas").getContext("2d");
const cuts = new Map();
function fit(words, font, most, atEnd = false) {
  const key = `${words}\n${font}\n${most}\n${atEnd}`;
  if (cuts.has(key)) return cuts.get(key);
  if (cuts.size > 5000) cuts.clear();
  const letters = Array.from(words);
  let shown = words;
  ruler.font = font;
  for (let n = letters.length - 1; n > 2 && ruler.measureText(shown).width > most; n--) {
    const tail = atEnd ? 0 : n >> 1;
    shown = letters.slice(0, n - tail).join("") + "…" + letters.slice(letters.length - tail).join("");
  }
  cuts.set(key, shown);
  return shown;
}

function beat(model) {
  const heart = hearts.get(model.get("name")) ?? { ahead: [] };
  heart.at = now();
  heart.ahead = [...heart.ahead.slice(-9), model.get("beat").now - now()];
  hearts.set(model.get("name"), heart);
}

class View {
  constructor(model, el) {
    this.model = model;
    this.rows = new Map();
    this.ticking = new Set();
    this.killed = new Map(); // name -> the key of the tile whose button was pressed
    this.id = Math.random().toString(36).slice(2);
    this.build(el);
  }

  build(el) {
    const button = (word, title, what, className = "") => {
      const node = h("button", className, word);
      node.type = "button";
      node.title = title;
      node.onclick = () => this.send(node, { do: what });
      return node;
    };
    this.say = h("p", "say");
    this.heard = h("span", "unseen");
    this.heard.setAttribute("aria-live", "polite");
    this.status = h("span");
    this.looked = h("span");
    this.whose = { reconcile: h("span", "badge"), diff: h("span", "badge") };
    this.diff = h("span", "", h("code", "", "diff"), " ", this.whose.diff);
    this.later = { difference: h("span", "quiet"), action: h("span", "quiet") };
    this.body = h("tbody");
    const columns = h("colgroup");
    for (const width of [132, 280, 172, 176]) columns.append(Object.assign(h("col"), { width }));
    const head = (word, ...under) => Object.assign(h("th", "", h("b", "", word), ...under), { scope: "col" });
    const bracket = Object.assign(h("th", "bracket", h("span", "", h("code", "", "reconcile"), " ", this.whose.reconcile)),
      { colSpan: 4 });
    this.table = h("table", "loop", columns, h("thead", "", h("tr", "", bracket), h("tr", "",
      head("desired", h("span", "quiet", "what should be")), head("observed", h("span", "quiet", "what is there")),
      head("difference", this.diff, this.later.difference),
      head("action", this.later.action))), this.body);
    this.buttons = {
      step: button("Step", "Make one pass: look, compare, act", "step", "first"),
      run: button("Run", "Make passes by itself, from now on", "run"),
      pause: button("Pause", "Go on looking, but do not act", "pause"),
      rewind: button("Rewind", "Show the pass before; changes nothing but the picture. Run and Step return to now", "rewind"),
    };
    const speeds = h("fieldset", "", h("span", "quiet", "speed"));
    this.speeds = SPEEDS.map(([speed, word, spoken]) => {
      const input = Object.assign(h("input"), { type: "radio", name: `mk-${this.id}`, value: speed });
      input.setAttribute("aria-label", `speed: ${spoken}`);
      input.onchange = () => {
        this.asked = { speed, until: now() + 3 }; // shown at once, and until the loop has had time to follow
        this.send(input, { do: "speed", speed });
      };
      speeds.append(h("label", "", input, word));
      return input;
    });
    this.player = h("div", "player", ...Object.values(this.buttons), speeds);
    attribute(this.player, "role", "toolbar");
    attribute(this.player, "aria-label", "The loop");
    this.tape = h("ol", "tape");
    attribute(this.tape, "aria-label", "Past passes, oldest first; arrow keys walk them, Enter shows one");
    this.root = h("div", "mk mk-loop", h("div", "head", this.say, h("span", "live", this.status, h("br"), this.looked),
      this.heard), this.table, this.player, this.tape);
    attribute(this.root, "role", "group");
    this.root.dataset.view = this.model.get("name");
    this.root.addEventListener("keydown", (event) => {
      if (this.tape.contains(event.target)) this.walk(event);
      event.stopPropagation(); // a, b, x and d would cut and insert cells
    });
    this.body.addEventListener("pointerleave", () => this.plan());
    this.host = h("div", "mk-host", this.root);
    el.append(this.host);
  }

  send(button, message) {
    if (button.getAttribute("aria-disabled") === "true" || this.stale) return;
    this.model.send(message);
  }

  plan() {
    if (this.planned) return;
    this.planned = true;
    const go = () => { this.planned = false; this.draw(); };
    document.hidden ? setTimeout(go, 100) : requestAnimationFrame(go);
  }

  // Seconds since a moment of the kernel's. The largest lead heard of is the one with the shortest way.
  since(moment) {
    const heart = hearts.get(this.model.get("name"));
    const heard = this.stale ? heart?.at : now(); // nobody knows how old things are that nobody looks at
    return heard + (heart ? Math.max(...heart.ahead) : 0) - moment;
  }

  said(node, saying) {
    const key = JSON.stringify(saying);
    if (node.key === key) return;
    node.key = key;
    node.ages = [];
    node.replaceChildren(...saying.map((piece) => {
      if (typeof piece === "string") return piece;
      if ("b" in piece) return h("b", "", piece.b);
      const words = document.createTextNode("");
      node.ages.push([words, piece]);
      return words;
    }));
    node.ages.length ? this.ticking.add(node) : this.ticking.delete(node);
    this.count(node);
  }

  count(node) {
    for (const [words, piece] of node.ages) {
      const shown = "age" in piece ? age(this.since(piece.age)) : `${Math.max(0, Math.round(-this.since(piece.left)))} s`;
      if (words.data !== shown) words.data = shown;
    }
  }

  tick() {
    this.live();
    for (const node of this.ticking) node.isConnected ? this.count(node) : this.ticking.delete(node);
    for (const row of this.rows.values()) if (row.clock) this.wind(row);
  }

  live() {
    const picture = this.model.get("picture");
    const quiet = now() - (hearts.get(this.model.get("name"))?.at ?? 0);
    this.stale = picture.closed || quiet > STALE;
    this.root.toggleAttribute("data-stale", this.stale);
    text(this.status, picture.status);
    const looked = this.model.get("beat").looked;
    text(this.looked, this.stale ? `stale, last heard ${age(quiet)} ago` : picture.rewound ? "wound back, not now"
      : looked ? `looked ${age(this.since(looked))} ago` : "not looked yet");
    for (const [name, button] of Object.entries(this.buttons)) enable(button, picture.player[name] && !this.stale);
    if (this.asked && (this.asked.speed === picture.player.speed || now() > this.asked.until)) this.asked = null;
    for (const radio of this.speeds) {
      radio.disabled = this.stale;
      radio.checked = Number(radio.value) === (this.asked ?? picture.player).speed;
    }
    for (const row of this.rows.values()) this.arm(row);
  }

  draw() {
    const picture = this.model.get("picture");
    attribute(this.root, "aria-label", `${picture.title}, ${picture.status}`);
    this.said(this.say, picture.say);
    this.announce();
    for (const [name, badge] of Object.entries(this.whose)) {
      text(badge, picture.whose[name].who);
      badge.className = `badge ${picture.whose[name].who}`;
      badge.title = `${name} comes from ${picture.whose[name].module}`;
    }
    const { difference, action } = picture.grey;
    this.diff.hidden = difference !== undefined;
    text(this.later.difference, difference ?? "");
    text(this.later.action, action ?? "what is done about it");
    for (const [column, words] of Object.entries(this.later))
      words.parentNode.classList.toggle("later", picture.grey[column] !== undefined);
    attribute(this.root, "data-later", Object.keys(picture.grey).join(" "));
    this.drawRows(picture);
    this.drawTape(picture);
    this.live();
    this.first = false;
  }

  // At most once in three seconds, and only what changed.
  announce() {
    if (this.waiting || this.heard.textContent === this.say.textContent) return;
    const wait = Math.max(0, 3 - (now() - (this.announced ?? 0)));
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.announced = now();
      text(this.heard, this.say.textContent);
    }, wait * 1000);
  }

  drawRows(picture) {
    const moving = !still() && picture.rows.length <= 80;
    this.root.toggleAttribute("data-many", picture.rows.length > 80);
    const wished = picture.rows.length ? picture.rows : [0, 1, 2].map((i) => ({ name: `\n${i}`, place: true }));
    const names = new Set(wished.map((row) => row.name));
    const leaving = [...this.rows.values()].filter((row) => !names.has(row.name));
    if (leaving.length && !(this.body.matches(":hover") && picture.rows.length)) this.leave(leaving, moving);
    let place = this.body.firstChild;
    for (const data of wished) {
      let row = this.rows.get(data.name);
      const fresh = !row;
      if (fresh) this.rows.set(data.name, (row = data.place ? emptyPlace(data.name) : this.makeRow(data.name)));
      while (place && place !== row.tr && !names.has(place.rowName)) place = place.nextSibling;
      if (row.tr !== place) this.body.insertBefore(row.tr, place);
      else place = place.nextSibling;
      if (data.place) continue;
      const just = this.first === false && row.data?.tile.key !== data.tile.key && !picture.rewound && !this.wasRewound;
      this.fillRow(row, data);
      if (just && data.tile.state !== "Empty") this.point(row);
      if (fresh && this.first === false && moving) row.tr.animate(
        [{ opacity: 0, transform: "translateY(6px)" }, { opacity: 1, transform: "none" }], 320);
    }
    this.wasRewound = picture.rewound;
  }

  // A place is given up without a jump: what stands below slides, and the focus goes to what comes into its place.
  leave(rows, moving) {
    const below = [...this.body.children, this.player, this.tape];
    const tops = moving ? below.map((node) => node.getBoundingClientRect().top) : [];
    const zoom = Number(this.root.style.zoom || 1);
    for (const { tr, name } of rows) {
      const focused = tr.contains(document.activeElement);
      const heir = tr.nextElementSibling ?? tr.previousElementSibling;
      tr.remove();
      this.rows.delete(name);
      this.killed.delete(name);
      if (focused) (heir?.querySelector("button:not([hidden])") ?? this.buttons.step).focus({ preventScroll: true });
    }
    if (moving) below.forEach((node, i) => {
      const fall = node.isConnected ? (tops[i] - node.getBoundingClientRect().top) / zoom : 0;
      if (fall) node.animate([{ transform: `translateY(${fall}px)` }, { transform: "none" }],
        { duration: 320, easing: "cubic-bezier(.2, 0, 0, 1)" });
    });
  }

  point({ tile }) {
    tile.classList.remove("just");
    void tile.offsetWidth; // lets the animation begin anew
    tile.classList.add("just");
    setTimeout(() => tile.classList.remove("just"), still() ? 2000 : 800);
  }

  makeRow(name) {
    const row = { name, wish: h("span", "name"), wished: h("span", "quiet"), spoken: h("span", "unseen"),
      state: h("span", "state"), own: h("span", "name"), detail: h("span", "quiet"), chip: h("span"),
      act: h("b"), more: h("span", "quiet"), icon: draw("svg", { viewBox: "0 0 28 28" }), kill: h("button", "break", "kill") };
    row.tile = h("div", "tile", h("div", "row", h("span", "what", h("span", "line", row.state, row.own), row.detail), row.kill));
    row.tile.tabIndex = -1;
    row.kill.type = "button";
    row.kill.onclick = () => {
      if (row.kill.getAttribute("aria-disabled") === "true") return;
      this.killed.set(name, row.data.tile.key);
      this.send(row.kill, { do: "kill", name });
      this.arm(row);
    };
    row.but = h("div", "but", row.chip);
    row.do = h("div", "do", row.icon, h("span", "what", row.act, row.more));
    const want = h("div", "want", h("span", "", row.spoken, row.wish, row.wished));
    row.tr = h("tr", "", Object.assign(h("th", "", want), { scope: "row" }), h("td", "", h("div", "was", row.tile)),
      h("td", "", row.but), h("td", "", row.do));
    row.tr.rowName = name;
    row.tr.dataset.name = name;
    return row;
  }

  fillRow(row, data) {
    if (row.drawn === (row.drawn = JSON.stringify(data))) return;
    row.data = data;
    const { tile, name, wished } = data;
    const style = getComputedStyle(this.root);
    const sans = style.getPropertyValue("--mk-sans"), mono = style.getPropertyValue("--mk-mono");
    row.tr.className = data.act ? "differs" : data.differs ? "same" : "plain";
    text(row.wish, wished === null ? "" : fit(name, `600 13px ${mono}`, 112));
    text(row.spoken, wished === null ? `${name}, ` : ", wished ");
    row.wish.title = wished === null ? "" : name;
    text(row.wished, wished ?? "not wished for");
    row.wished.title = data.whole;
    row.spoken.parentNode.append(...(wished === null ? [row.spoken, row.wished] : [row.wish, row.spoken, row.wished]));
    const empty = tile.state === "Empty";
    const look = empty ? "empty" : !tile.known ? "unknown" : tile.state.toLowerCase();
    row.tile.className = `tile ${look}${row.tile.classList.contains("just") ? " just" : ""}`;
    row.tile.title = tile.title;
    row.state.className = empty ? "" : `state ${look}`;
    row.state.hidden = empty;
    text(row.state, empty ? "" : tile.state);
    text(row.own, wished === null ? fit(name, `600 13px ${mono}`, tile.state === "Terminating" ? 74 : 90) : "");
    row.own.title = wished === null ? name : "";
    this.said(row.detail, tile.detail);
    this.swap(row, Boolean(tile.kill));
    row.chip.className = ["missing", "extra", "changed"].includes(data.differs) ? `chip${data.filled ? " new" : ""}` : "";
    text(row.chip, WORDS[data.differs]);
    this.fillAction(row, data.act, sans);
    this.arm(row);
  }

  // The focus follows the name: to the tile when its button goes, back to the button when it comes.
  swap(row, shown) {
    if (row.kill.hidden === !shown) return;
    const focused = document.activeElement;
    row.kill.hidden = !shown;
    if (!shown && focused === row.kill) row.tile.focus({ preventScroll: true });
    if (shown && focused === row.tile) row.kill.focus({ preventScroll: true });
  }

  arm(row) {
    if (!row.data) return;
    const { tile } = row.data;
    if (this.killed.get(row.name) !== tile.key) this.killed.delete(row.name);
    const queued = this.killed.has(row.name);
    text(row.kill, queued ? "…" : "kill");
    attribute(row.kill, "aria-label", queued ? `kill ${row.name}, queued` : `kill ${row.name}`);
    enable(row.kill, tile.kill === "on" && !queued && !this.stale);
  }

  fillAction(row, act, sans) {
    row.do.hidden = !act;
    row.clock = null;
    if (!act) return;
    const name = act.say.find((piece) => piece.b);
    const before = act.say.filter((piece) => typeof piece === "string").join("");
    ruler.font = `600 13px ${sans}`;
    const room = 136 - ruler.measureText(before).width;
    this.said(row.act, act.say.map((piece) => (piece === name ? fit(name.b, `600 13px ${sans}`, room) : piece)));
    const words = act.more.length === 1 && act.more[0].length > 20;
    row.more.classList.toggle("words", words); // what went wrong may take two lines
    this.said(row.more, words ? [fit(act.more[0], `12px ${sans}`, 236, true)] : act.more);
    row.do.title = act.title;
    const paint = act.kind === "under way" ? { fill: "none", stroke: "var(--mk-ink)", "stroke-width": 1.5 }
      : { fill: "var(--mk-ink)" };
    const key = act.until ? `${act.until}` : `${act.kind} ${act.verb}`;
    if (row.icon.key !== key) {
      row.icon.key = key;
      row.icon.replaceChildren(...(act.until
        ? [draw("circle", { cx: 14, cy: 14, r: 12.5, fill: "none", stroke: "var(--mk-edge)" }), draw("path", { fill: "var(--mk-pending)" })]
        : act.kind === "waits" ? [9, 14, 19].map((cx) => draw("circle", { cx, cy: 14, r: 1.5, fill: "var(--mk-ink)" }))
        : act.kind === "failed" ? [draw("path", { d: "M9 9l10 10M19 9l-10 10", stroke: "var(--mk-failed)", "stroke-width": 2.4, "stroke-linecap": "round" })]
        : act.verb === "start" ? [draw("path", { d: "M9 8l11 6-11 6z", ...paint })]
        : act.verb === "stop" ? [draw("rect", { x: 8.5, y: 8.5, width: 11, height: 11, ...paint })] : []));
    }
    row.clock = act.until ? act : null;
    attribute(row.icon, "aria-hidden", String(!row.clock));
    if (row.clock) this.wind(row);
    else row.icon.removeAttribute("role");
  }

  wind({ clock, icon }) {
    const left = Math.max(0, Math.round(-this.since(clock.until)));
    const part = Math.min(0.9999, left / clock.delay), turn = (1 - part) * 2 * Math.PI;
    attribute(icon, "role", "img");
    attribute(icon, "aria-label", `${left} of ${Math.round(clock.delay)} seconds left`);
    attribute(icon.lastChild, "d", part <= 0 ? "" :
      `M14 14L${(14 + 10 * Math.sin(turn)).toFixed(2)} ${(14 - 10 * Math.cos(turn)).toFixed(2)}A10 10 0 ${part > 0.5 ? 1 : 0} 1 14 4z`);
  }

  drawTape({ tape, now: { since, words }, rewound, closed }) {
    const key = JSON.stringify([tape, words, rewound]);
    if (this.tape.key === key) return;
    this.tape.key = key;
    const focused = this.tape.contains(document.activeElement) ? document.activeElement.dataset.pass : null;
    const items = tape.map((pass) => this.pass(pass.kind, pass.n, pass.title, pass.shown, pass.kind === "quiet" ? []
      : [h("time", "", pass.head), h("b", "", pass.what), ...pass.why.map((line) => h("span", "", line))]));
    const clock = h("time");
    this.said(clock, ["now · ", { age: since }]);
    items.push(this.pass("now", "now", "now", !rewound && !closed, [clock, h("b", "", words[0]), h("span", "", words[1])]));
    this.tape.replaceChildren(...items);
    const all = [...this.tape.querySelectorAll("button")];
    this.stop = all.find((b) => b.dataset.pass === (focused ?? this.stop?.dataset.pass)) ??
      all.find((b) => b.hasAttribute("aria-current")) ?? all.at(-1);
    for (const button of all) button.tabIndex = button === this.stop ? 0 : -1;
    if (focused !== null) this.stop.focus({ preventScroll: true });
  }

  pass(kind, n, title, current, inside) {
    const button = Object.assign(h("button", "pass", ...inside), { type: "button", title });
    button.dataset.pass = n;
    if (!inside.length || kind === "gap") button.setAttribute("aria-label", title);
    if (current) button.setAttribute("aria-current", "step");
    button.onclick = () => this.send(button, kind === "now" ? { do: "now" } : { do: "show", pass: n });
    return h("li", `${kind}${current ? " current" : ""}`, button);
  }

  walk(event) {
    const all = [...this.tape.querySelectorAll("button")];
    const at = all.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (!all[to]) return;
    event.target.tabIndex = -1;
    all[to].tabIndex = 0;
    all[to].focus({ preventScroll: true });
    this.stop = all[to];
  }

  resize() {
    const large = this.model.get("size") === "projector" ? 1.5 : 1;
    if (!this.host.clientWidth) return; // not on a screen
    const zoom = Math.min(1, Math.max(0.85, (this.host.clientWidth - 8) / (760 * large))) * large;
    this.root.style.zoom = zoom;
    this.root.dataset.size = this.model.get("size");
    if (this.measured) return;
    this.measured = true; // only now are the fonts known, so what was cut by other measures is cut anew
    for (const row of this.rows.values()) row.drawn = null;
    this.draw();
  }
}

function emptyPlace(name) {
  const tr = h("tr", "place", h("th"), h("td", "", h("div", "was", h("div", "tile empty"))), h("td"), h("td"));
  tr.rowName = name;
  attribute(tr, "aria-hidden", "true");
  return { name, tr };
}

export default {
  initialize({ model }) {
    beat(model);
    model.on("change:beat", () => beat(model));
  },
  render({ model, el }) {
    const view = new View(model, el);
    const changed = () => view.plan();
    const refused = (message) => { if (message.failed === "kill") { view.killed.delete(message.name); view.plan(); } };
    const sized = () => view.resize();
    model.on("change:picture", changed);
    model.on("change:size", sized);
    model.on("msg:custom", refused);
    const ticker = setInterval(() => view.tick(), 1000);
    const observer = new ResizeObserver(sized);
    observer.observe(view.host);
    view.draw();
    return () => {
      model.off("change:picture", changed);
      model.off("change:size", sized);
      model.off("msg:custom", refused);
      clearInterval(ticker);
      clearTimeout(view.waiting);
      observer.disconnect();
    };
  },
};
