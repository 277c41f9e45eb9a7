// The running order as a list and the films beside it: dragged with a pointer, moved with keys and buttons.
import { Rows, extra, nothing } from "./blockrows.js";
import { made } from "./nodes.js";

const BEGINS_PX = 5;
const EDGE_PX = 70;
const REACH_PX = 60;

export function placed(order, id, at) {
  const others = order.filter((one) => one !== id);
  if (at !== null) others.splice(at, 0, id);
  return others;
}

export function same(one, other) {
  return one.length === other.length && one.every((id, place) => id === other[place]);
}

export class Board {
  // `onTry` is told of an order that is dragged, `onDone` of one that was meant.
  constructor({ root, order, beside, films, picture, onTry, onDone }) {
    Object.assign(this, { root, order, beside, films, onTry, onDone });
    this.rows = new Rows(picture);
    this.now = [];
    this.verdict = null;
    this.told = new Map();
    this.drag = null;
    this.playing = null;
    root.addEventListener("pointerdown", (event) => this.#down(event));
    root.addEventListener("pointermove", (event) => this.#move(event));
    root.addEventListener("pointerup", (event) => this.#up(event, true));
    root.addEventListener("pointercancel", (event) => this.#up(event, false));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("click", (event) => this.#click(event));
    // Whatever has the focus while something is dragged.
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.drag) return;
      event.preventDefault();
      this.#end(false);
    });
  }

  // Shows an order, with what is known of it: perhaps only of the one before.
  show(order, verdict, told) {
    this.now = order;
    if (verdict) this.verdict = verdict;
    if (told) this.told = told;
    const focused = this.#focused();
    this.#drawOrder();
    this.#drawBeside();
    if (focused) this.focus(focused.id, focused.what);
  }

  focus(id, what = "grip") {
    const row = this.row(id);
    (row?.querySelector(`.${what}:not([disabled])`) ?? row?.querySelector(".grip"))?.focus({ preventScroll: this.drag !== null });
  }

  mark(id) {
    this.playing = id;
    for (const row of this.order.querySelectorAll("[data-film]")) row.classList.toggle("playing", row.dataset.film === id);
  }

  row(id) {
    return this.root.querySelector(`[data-film="${id}"]`);
  }

  move(id, at) {
    const next = placed(this.now, id, at);
    if (!same(next, this.now)) this.onDone(next, id);
  }

  #focused() {
    const row = document.activeElement?.closest?.("[data-film]");
    if (!row || !this.root.contains(row)) return null;
    return { id: row.dataset.film, what: document.activeElement.className || "grip" };
  }

  #drawOrder() {
    const { starts, around, extras, count } = this.#known();
    const nodes = [];
    const put = (place) => extras.filter((one) => one.after === place).forEach((one) => nodes.push(extra(one.item)));
    put(0);
    this.now.forEach((id, place) => {
      nodes.push(this.#orderRow(id, place, starts.get(id), around.get(id)));
      if (place + 1 < this.now.length && place + 1 !== count) put(place + 1);
    });
    if (!this.now.length) nodes.push(nothing("No film is in it. Drag one here, or add it with its button."));
    if (count > 0) put(count);
    this.order.replaceChildren(...nodes);
  }

  // Of the last order that was judged: when each film plays, what belongs to it, and what plays between films.
  #known() {
    const [starts, around, extras] = [new Map(), new Map(), []];
    let after = 0;
    const ids = this.verdict?.films.map((one) => one.id) ?? [];
    for (const item of this.verdict?.items ?? []) {
      if (item.kind === "film") {
        starts.set(ids[item.of], item.at);
        after += 1;
      } else if (item.of === null) {
        extras.push({ after, item });
      } else {
        const id = ids[item.of];
        around.set(id, [...(around.get(id) ?? []), item]);
      }
    }
    return { starts: this.isJudged() ? starts : new Map(), around, extras, count: after };
  }

  isJudged() {
    return this.verdict !== null && same(this.verdict.films.map((one) => one.id), this.now);
  }

  #orderRow(id, place, at, around) {
    const said = this.isJudged() ? this.verdict.films[place] : null;
    const row = this.rows.ordered(this.films.get(id), { place, count: this.now.length, at, around, said });
    row.classList.toggle("playing", id === this.playing);
    return this.#held(row, id);
  }

  #drawBeside() {
    const others = [...this.films.values()].filter((film) => !this.now.includes(film.id));
    const nodes = others.map((film) => this.#held(this.rows.beside(film, this.told.get(film.id)), film.id));
    if (!nodes.length) nodes.push(nothing(this.drag ? "Drop it here to take it out." : "All films are in it."));
    this.beside.replaceChildren(...nodes);
    this.othersCount = others.length;
  }

  #held(row, id) {
    row.classList.toggle("dragged", this.drag?.has_begun === true && this.drag.id === id);
    return row;
  }

  // Dragging ------------------------------------------------------------------------------------------------------

  #down(event) {
    const row = event.target.closest("[data-film]");
    if (!row || event.button !== 0 || this.drag) return;
    const isGrip = event.target.closest(".grip") !== null;
    // A finger on a row scrolls the page; on its handle it drags.
    if (!isGrip && (event.pointerType !== "mouse" || event.target.closest("button, a, input, summary"))) return;
    this.drag = { id: row.dataset.film, pointer: event.pointerId, x: event.clientX, y: event.clientY, from: this.now, has_begun: false };
  }

  #move(event) {
    const { drag } = this;
    if (!drag || drag.pointer !== event.pointerId) return;
    if (!drag.has_begun) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < BEGINS_PX) return;
      drag.has_begun = true;
      // The rows come and go while it is dragged; what holds them stays.
      this.root.setPointerCapture(event.pointerId);
      document.documentElement.classList.add("dragging");
      drag.ghost = made("div", { className: "ghost", text: this.films.get(drag.id).title, "aria-hidden": "true" });
      document.body.append(drag.ghost);
      this.show(this.now);
    }
    event.preventDefault();
    drag.ghost.style.transform = `translate(${event.clientX + 14}px, ${event.clientY + 10}px)`;
    if (event.clientY < EDGE_PX) scrollBy(0, -14);
    else if (event.clientY > innerHeight - EDGE_PX) scrollBy(0, 14);
    const at = this.#placeAt(event.clientX, event.clientY);
    if (at === undefined) return;
    const next = placed(drag.from, drag.id, at);
    if (same(next, this.now)) return;
    this.show(next);
    this.onTry(next);
  }

  #up(event, isMeant) {
    const { drag } = this;
    if (!drag || drag.pointer !== event.pointerId) return;
    this.#end(isMeant);
  }

  #end(isMeant) {
    const { drag } = this;
    this.drag = null;
    document.documentElement.classList.remove("dragging");
    drag.ghost?.remove();
    if (!drag.has_begun) return;
    if (this.root.hasPointerCapture(drag.pointer)) this.root.releasePointerCapture(drag.pointer);
    const next = this.now;
    this.show(drag.from);
    if (isMeant && !same(next, drag.from)) this.onDone(next, drag.id);
    else this.onTry(drag.from);
  }

  // Where a film would be, from 0; null for out of the order, undefined for where it is.
  #placeAt(x, y) {
    const isIn = (box, reach = 0) => x >= box.left - reach && x <= box.right + reach && y >= box.top - reach && y <= box.bottom + reach;
    if (isIn(this.beside.getBoundingClientRect())) return null;
    if (!isIn(this.order.getBoundingClientRect(), REACH_PX)) return undefined;
    const rows = [...this.order.querySelectorAll("[data-film]")].filter((row) => row.dataset.film !== this.drag.id);
    const at = rows.findIndex((row) => {
      const box = row.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    return at < 0 ? rows.length : at;
  }

  // Keys and buttons ----------------------------------------------------------------------------------------------

  #key(event) {
    const row = event.target.closest("[data-film]");
    if (!row || event.ctrlKey || event.metaKey) return;
    const id = row.dataset.film;
    const at = this.now.indexOf(id);
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const isGrip = event.target.closest(".grip") !== null;
    if (by && event.altKey) {
      if (at >= 0) this.move(id, Math.min(this.now.length - 1, Math.max(0, at + by)));
    } else if (by && isGrip) {
      const rows = [...this.root.querySelectorAll("[data-film]")];
      rows[rows.indexOf(row) + by]?.querySelector(".grip").focus();
    } else if (event.key === "Enter" && isGrip && at < 0) {
      this.move(id, this.now.length);
    } else if ((event.key === "Delete" || event.key === "Backspace") && at >= 0) {
      this.#takeOut(id, at);
    } else {
      return;
    }
    event.preventDefault();
  }

  #click(event) {
    const does = event.target.closest("button[data-do]")?.dataset.do;
    const row = event.target.closest("[data-film]");
    if (!does || !row) return;
    const id = row.dataset.film;
    const at = this.now.indexOf(id);
    if (does === "sooner") this.move(id, at - 1);
    else if (does === "later") this.move(id, at + 1);
    else if (does === "out") this.#takeOut(id, at);
    else this.move(id, this.now.length);
  }

  // The next film of the order has the focus then, not the one that left it.
  #takeOut(id, at) {
    const next = this.now[at + 1] ?? this.now[at - 1];
    this.move(id, null);
    if (next) this.focus(next);
  }
}
