// Shows how films stand just now, and those alone that are searched for.
import { keepLooking, look, say } from "./ask.js";

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

// What is made of edits and blocks, which are no films of the list.
function showRuns(runs) {
  const list = document.querySelector("#runs");
  list.hidden = !runs.length;
  list.replaceChildren(...runs.map(({ name, told, share }) => {
    const item = document.createElement("li");
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = share;
    bar.setAttribute("aria-label", `Made of ${name}`);
    item.append(`${name}, ${told} `, bar);
    return item;
  }));
}

keepLooking("/runs", 2000, showRuns);
look("/runs").then((runs) => runs && showRuns(runs));

// Arrows go from film to film, the first of them to the first.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const at = document.activeElement.closest?.(".film");
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: at ? columns() : 0, ArrowUp: at ? -columns() : 0 }[event.key];
  if (!by || !(at || document.activeElement === document.body)) return;
  const shown = [...films.values()].filter((film) => !film.hidden);
  const next = at ? shown[shown.indexOf(at) + by] : shown[0];
  if (!next) return;
  event.preventDefault();
  next.querySelector("a").focus();
});

// How many films stand beside each other.
function columns() {
  const shown = [...films.values()].filter((film) => !film.hidden);
  return shown.filter((film) => film.offsetTop === shown[0].offsetTop).length;
}
