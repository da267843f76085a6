// What every live picture is made of: elements filled with text only, ages that are counted here, and a heart to listen to.
// A picture's module is this file and its own ones, put one behind the other (no build step).

const STALE = 3; // seconds without a heartbeat
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
const enabled = (button) => button.getAttribute("aria-disabled") !== "true";

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
function fit(words, font, most) {
  const key = `${words}\n${font}\n${most}`;
  if (cuts.has(key)) return cuts.get(key);
  if (cuts.size > 5000) cuts.clear();
  const letters = Array.from(words);
  let shown = words;
  ruler.font = font;
  for (let n = letters.length - 1; n > 2 && ruler.measureText(shown).width > most; n--) {
    const tail = n >> 1;
    shown = letters.slice(0, n - tail).join("") + "…" + letters.slice(letters.length - tail).join("");
  }
  cuts.set(key, shown);
  return shown;
}

// The kernel's heart beats. Before the first beat there is what the model holds: a moment ago, or when it was saved.
function beat(model, first = false) {
  const name = model.get("name"), { now: told } = model.get("beat"), heart = hearts.get(name);
  if (first) { if (!heart) hearts.set(name, { at: Math.min(told, now()), ahead: [0], held: true }); return; }
  const ahead = heart && !heart.held ? heart.ahead.slice(-9) : [];
  hearts.set(name, { at: now(), ahead: [...ahead, told - now()] });
}

// A picture that lives: it hears the heart, counts ages, and sends what was pressed. A view adds what is below its head.
class Living {
  constructor(model, el, kind) {
    this.model = model;
    this.ticking = new Set(); // elements with ages in them
    this.stale = false;
    this.say = h("p", "say");
    this.note = h("p", "note");
    this.heard = h("span", "unseen");
    attribute(this.heard, "aria-live", "polite");
    this.status = h("span");
    this.looked = h("span");
    this.root = h("div", `mk mk-${kind}`, h("div", "head", this.say,
      h("span", "live", this.status, h("br"), this.looked), this.heard), this.note);
    attribute(this.root, "role", "group");
    this.root.dataset.view = model.get("name");
    this.root.addEventListener("keydown", (event) => {
      // a, b, x and d would cut and insert cells; Shift+Enter goes on to the next one, as everywhere in a notebook
      if (!(event.key === "Enter" && (event.shiftKey || event.ctrlKey))) event.stopPropagation();
    });
    // And the next one is the one after those that were run, wherever a button was pressed meanwhile: JupyterLab would
    // make the picture's cell the active one, and run it again, game and all.
    for (const kind of ["mousedown", "focusin"]) this.root.addEventListener(kind, (event) => event.stopPropagation());
    this.host = h("div", "mk-host", this.root);
    el.append(this.host);
  }

  // The head of every picture: its name, its sentence, and what went wrong, in full.
  head({ title, status, say, note }) {
    attribute(this.root, "aria-label", typeof status === "string" ? `${title}, ${status}` : title);
    this.said(this.say, say);
    this.note.hidden = !note;
    text(this.note, note);
    this.announce(this.heard, this.say);
  }

  // Whether anybody is still there; beneath the status, or instead of its second line, how old that is.
  hears(over, status, otherwise) {
    this.stale = over || this.silence > STALE;
    this.root.toggleAttribute("data-stale", this.stale);
    this.said(this.status, status);
    this.said(this.looked, this.stale ? [`stale, last heard ${age(this.silence)} ago`] : otherwise);
  }

  font(kind) {
    this.fonts ??= getComputedStyle(this.root);
    const family = this.fonts.getPropertyValue(kind === "mono" ? "--mk-mono" : "--mk-sans");
    return kind === "small" ? `12px ${family}` : `600 13px ${family}`;
  }

  resize() {
    if (!this.host.clientWidth) return; // not on a screen
    const large = this.model.get("size") === "projector" ? 1.5 : 1;
    this.root.style.zoom = Math.min(1, Math.max(0.85, (this.host.clientWidth - 8) / (760 * large))) * large;
    this.root.dataset.size = this.model.get("size");
    if (this.measured) return;
    this.measured = true; // only now are the fonts known, so what was cut by other measures is cut anew
    this.remeasure();
    this.draw();
  }

  remeasure() {}

  refused() {} // a button did not work

  get heart() { return hearts.get(this.model.get("name")); }

  get silence() { return now() - (this.heart?.at ?? 0); }

  // Seconds since a moment of the kernel's. The largest lead heard of is the one with the shortest way. Nobody knows how
  // old things are that nobody looks at, so a stale picture counts no further.
  since(moment) {
    return (this.stale ? this.heart?.at ?? 0 : now()) + (this.heart ? Math.max(...this.heart.ahead) : 0) - moment;
  }

  send(button, message) {
    if (enabled(button) && !this.stale) this.model.send(message);
  }

  // Draw in the next frame, once, however much comes until then.
  plan() {
    if (this.planned) return;
    this.planned = true;
    const go = () => { this.planned = false; this.draw(); };
    document.hidden ? setTimeout(go, 100) : requestAnimationFrame(go);
  }

  // A saying: strings, {b: name}, {age: since}, {left: until}.
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

  // Once a second.
  tick() {
    this.live();
    for (const node of this.ticking) node.isConnected ? this.count(node) : this.ticking.delete(node);
  }

  // Read out what the sentence says: at most once in three seconds, and only what changed. An age that counts is no news.
  announce(heard, sentence) {
    if (this.waiting || heard.key === sentence.key) return;
    const wait = Math.max(0, 3 - (now() - (this.announced ?? 0)));
    this.waiting = setTimeout(() => {
      this.waiting = null;
      this.announced = now();
      heard.key = sentence.key;
      text(heard, sentence.textContent);
    }, wait * 1000);
  }
}

// What anywidget asks of a module, for a view of this class.
const lives = (View) => ({
  initialize({ model }) {
    beat(model, true);
    model.on("change:beat", () => beat(model));
  },
  render({ model, el }) {
    const view = new View(model, el);
    const heard = {
      "change:picture": () => view.plan(),
      "change:size": () => view.resize(),
      "msg:custom": ({ failed, name }) => { if (failed) view.refused(failed, name); },
    };
    for (const [event, react] of Object.entries(heard)) model.on(event, react);
    const ticker = setInterval(() => view.tick(), 1000);
    const observer = new ResizeObserver(() => view.resize());
    observer.observe(view.host);
    view.draw();
    return () => {
      for (const [event, react] of Object.entries(heard)) model.off(event, react);
      clearInterval(ticker);
      clearTimeout(view.waiting);
      observer.disconnect();
    };
  },
});
