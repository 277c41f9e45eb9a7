// Makes the rows of a running order and of the films beside it; pictures stay as they are while rows are drawn anew.
import { capital, made } from "./nodes.js";

const KINDS = { slate: "slate", card: "card", leader: "countdown", intermission: "intermission", black: "black" };

export class Rows {
  constructor(picture) {
    this.picture = picture;
    this.images = new Map();
  }

  // `said` is what was judged of it there, null before it was; `around` what of the block belongs to it.
  ordered(film, { place, count, at, around, said }) {
    const row = this.#row(film, `${film.title}, ${place + 1} of ${count}`);
    row.querySelector(".place").textContent = String(place + 1);
    const what = row.querySelector(".what");
    if (around?.length) {
      const words = around.map((item) => `${KINDS[item.kind] ?? item.kind} ${item.lasts}`).join(", ");
      what.append(made("p", { className: "facts", text: `with ${words}` }));
    }
    if (said) what.append(made("p", { className: "why", text: capital([place ? said.why_here : "", said.why].filter(Boolean).join("; ")) }));
    const buttons = made("div", { className: "buttons" },
      action("sooner", "↑", `Move ${film.title} sooner`, place === 0),
      action("later", "↓", `Move ${film.title} later`, place === count - 1),
      action("out", "Take out", `Take out ${film.title}`, false));
    const times = made("p", { className: "times" }, `at ${at ?? "…"} `, made("b", { text: film.lasts }));
    row.append(made("div", { className: "side" }, times, buttons));
    return row;
  }

  // `told` is why it is not in the order, where that is known.
  beside(film, told) {
    const row = this.#row(film, `${film.title}, not in it`);
    if (told) row.querySelector(".what").append(made("p", { className: told.can ? "why" : "why cannot", text: capital(told.told) }));
    const times = made("p", { className: "times" }, made("b", { text: film.lasts }));
    row.append(made("div", { className: "side" }, times, made("div", { className: "buttons" }, action("in", "Add", `Add ${film.title} at the end`, false))));
    return row;
  }

  #row(film, label) {
    const grip = made("button", { className: "grip", type: "button", text: "⠿", "aria-label": `${label}. Alt with an arrow moves it.` });
    const facts = made("p", { className: "facts" }, ...film.facts.map((fact) => made("span", { text: fact })).flatMap((one) => [one, " "]));
    const what = made("div", { className: "what" }, made("h3", { text: film.title }), facts);
    if (film.note) what.append(made("p", { className: "note", text: film.note }));
    return made("li", { className: "row", "data-film": film.id }, grip, made("span", { className: "place" }), this.#image(film.id), what);
  }

  #image(id) {
    if (!this.images.has(id)) {
      this.images.set(id, made("img", { src: this.picture(id), alt: "", width: 77, height: 43, draggable: "false", loading: "lazy" }));
    }
    return this.images.get(id);
  }
}

// What plays between films.
export function extra(item) {
  return made("li", { className: `extra ${item.kind}` },
    made("span", { className: "kind", text: KINDS[item.kind] ?? item.kind }),
    made("span", { className: "what", text: item.title === "Black" ? "" : item.title }),
    made("span", { text: item.lasts }));
}

export function nothing(text) {
  return made("li", { className: "nothing", text });
}

function action(does, text, label, isOff) {
  const button = made("button", { className: does, type: "button", text, "aria-label": label, "data-do": does });
  button.disabled = isOff;
  return button;
}
