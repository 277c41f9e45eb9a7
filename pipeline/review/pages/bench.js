// Lists the highlights on the bench, with what can be done to each.
import { make } from "./nodes.js";

const BUTTONS = [
  ["inSooner", "In −1"],
  ["inLater", "In +1"],
  ["outSooner", "Out −1"],
  ["outLater", "Out +1"],
  ["sooner", "◂ Slip"],
  ["later", "Slip ▸"],
  ["lock", "Lock"],
  ["split", "Split here"],
  ["offer", "Swap …"],
  ["suite", "Edit suite …"],
  ["reject", "Reject …"],
];

export class Bench {
  // `hooks`: told(frame), onChoose(id), onDo(what)
  constructor(list, hooks) {
    this.list = list;
    this.hooks = hooks;
    list.addEventListener("click", (event) => {
      const item = event.target.closest(".one");
      if (!item) return;
      const button = event.target.closest("button[data-does]");
      hooks.onChoose(item.dataset.id, !button);
      if (button) hooks.onDo(button.dataset.does);
    });
  }

  show(highlights, current) {
    const active = document.activeElement;
    const held = this.list.contains(active) ? [active.closest(".one")?.dataset.id, active.dataset.does] : null;
    this.list.replaceChildren(...highlights.map((one) => this.#item(one, one.id === current)));
    if (held) {
      const item = this.list.querySelector(`[data-id="${held[0]}"]`) ?? this.list.querySelector(".current");
      (item?.querySelector(`[data-does="${held[1]}"]`) ?? item?.querySelector(".name"))?.focus();
    }
  }

  choose(current) {
    for (const item of this.list.children) {
      const is = item.dataset.id === current;
      item.classList.toggle("current", is);
      item.querySelector(".name").setAttribute("aria-pressed", String(is));
    }
  }

  #item(one, isCurrent) {
    const item = make("li", isCurrent ? "one current" : "one");
    item.dataset.id = one.id;
    const name = make("button", "name", one.id);
    name.type = "button";
    name.setAttribute("aria-pressed", String(isCurrent));
    const head = make("h3", "");
    const small = make("small", "", ` ${one.seconds.toFixed(2)} s, ${one.frames} frames`);
    head.append(name, small);
    if (one.is_locked) head.append(make("span", "locked", one.is_chosen ? "locked" : "yours"));
    const stretches = make("p", "stretches");
    for (const [start, end] of one.pieces.slice(0, 3)) {
      stretches.append(make("span", "", `${this.hooks.told(start)} – ${this.hooks.told(end)}`));
    }
    if (one.pieces.length > 3) stretches.append(make("span", "", `and ${one.pieces.length - 3} more`));
    if (one.crops.length) stretches.append(make("span", "", `cropped for ${one.crops.join(", ")}`));
    const reasons = make("p", "why", one.reasons.join("; "));
    const buttons = make("p", "buttons");
    for (const [does, text] of BUTTONS) {
      const label = does === "lock" && one.is_locked ? "Unlock" : does === "reject" && !one.is_chosen ? "Remove" : text;
      if (does === "lock" && one.is_locked && !one.is_chosen) continue;
      const button = make("button", does === "reject" ? "reject" : "", label);
      button.type = "button";
      button.dataset.does = does;
      button.setAttribute("aria-label", `${label.replace(" …", "")}, ${one.id}`);
      buttons.append(button);
    }
    item.append(head, stretches, reasons, buttons);
    return item;
  }
}
