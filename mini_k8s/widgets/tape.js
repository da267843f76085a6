// Past passes, oldest first, and now. One stop for the Tab key; arrows walk the passes, Enter shows one.

class Tape {
  constructor(view) {
    this.view = view;
    this.list = h("ol", "tape");
    attribute(this.list, "aria-label", "Past passes, oldest first; arrow keys walk them, Enter shows one");
    this.list.addEventListener("keydown", (event) => this.walk(event));
  }

  get buttons() { return [...this.list.querySelectorAll("button")]; }

  draw({ tape, now: { since, words }, rewound, closed }) {
    const key = JSON.stringify([tape, words, rewound, closed]);
    if (this.key === key) return;
    this.key = key;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.pass : null;
    const items = tape.map((pass) => this.pass(pass.kind, pass.n, pass.title, pass.shown, pass.kind === "quiet" ? []
      : [h("time", "", this.head(pass)), h("b", "", pass.what), ...pass.why.map((line) => h("span", "", line))]));
    const clock = h("time");
    this.view.said(clock, since === null ? ["now"] : ["now · ", { age: since }]);
    items.push(this.pass("now", "now", "now", !rewound && !closed, [clock, h("b", "", words[0]), h("span", "", words[1])]));
    this.list.replaceChildren(...items);
    const all = this.buttons;
    this.stop = all.find((button) => button.dataset.pass === (focused ?? this.stop?.dataset.pass)) ??
      all.find((button) => button.hasAttribute("aria-current")) ?? all.at(-1);
    for (const button of all) button.tabIndex = button === this.stop ? 0 : -1;
    if (focused !== null) this.stop.focus({ preventScroll: true });
  }

  // The longest there is room for, so that no digit is lost.
  head({ kind, heads }) {
    ruler.font = this.view.font("small");
    return heads.find((words) => ruler.measureText(words).width <= (kind === "gap" ? 72 : 108)) ?? heads.at(-1);
  }

  pass(kind, n, title, current, inside) {
    const button = Object.assign(h("button", "pass", ...inside), { type: "button", title });
    button.dataset.pass = n;
    if (kind === "quiet" || kind === "gap") button.setAttribute("aria-label", title);
    if (current) button.setAttribute("aria-current", "step");
    button.onclick = () => this.view.send(button, kind === "now" ? { do: "now" } : { do: "show", pass: n });
    return h("li", `${kind}${current ? " current" : ""}`, button);
  }

  walk(event) {
    const all = this.buttons, at = all.indexOf(event.target);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (!all[to]) return;
    event.target.tabIndex = -1;
    all[to].tabIndex = 0;
    all[to].focus({ preventScroll: true });
    this.stop = all[to];
  }
}
