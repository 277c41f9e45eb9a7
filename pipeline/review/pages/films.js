// Shows how films stand just now, and those alone that are searched for.
import { keepLooking, say } from "./ask.js";

const films = new Map([...document.querySelectorAll(".film")].map((film) => [film.dataset.film, film]));
const field = document.querySelector("#q");
const isWhole = field.value === "";

function folded(text) {
  return text.normalize("NFKD").toLowerCase().replace(/\p{Mn}/gu, "");
}

function filter() {
  const words = folded(field.value).split(/\s+/).filter(Boolean);
  for (const film of films.values()) {
    const all = folded(film.dataset.words);
    film.hidden = !words.every((word) => all.includes(word));
  }
}

function show(film, { name, kind, told, share }) {
  const state = film.querySelector(".state");
  const label = state.querySelector("b");
  if (label.textContent !== name) {
    const title = film.querySelector("h2").textContent;
    if (kind !== "arriving") say(`${title}: ${name}`);
    label.textContent = name;
    film.querySelector(".remedy")?.remove();
  }
  state.dataset.kind = kind;
  state.querySelector(".why").textContent = told;
  const bar = state.querySelector("progress");
  bar.hidden = share === null;
  bar.value = share ?? 0;
}

function take(standings) {
  let unknown = 0;
  for (const one of standings) {
    const film = films.get(one.id);
    if (film) show(film, one);
    else unknown += 1;
  }
  const gone = standings.length - unknown < films.size;
  document.querySelector("#changed").hidden = !(isWhole && (gone || (unknown && films.size < 500)));
}

if (isWhole) field.addEventListener("input", filter);
keepLooking("/standings", 2000, take);
