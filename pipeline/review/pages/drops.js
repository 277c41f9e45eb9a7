// Shows when films are open in which region, what really is the case there, and what somebody has to look at.
import { look } from "./ask.js";
import { make } from "./nodes.js";
import { Chart } from "./chart.js";
import { knows, ownZone, told } from "./zones.js";

const LOOK_MS = 3000;
const MOST_TABLE_NOTES = 2;
const find = (id) => document.querySelector(`#${id}`);
const clock = find("clock");
let state = null;
let chosen = null;
let shown = "";
// The server's clock counts: browsers' may be wrong.
let ahead = 0;

const now = () => Date.now() + ahead;
const zone = () => clock.value || ownZone();
const chart = new Chart(
  { chart: find("chart"), rows: find("rows"), ticks: find("ticks"), now: find("now"), nowTold: find("now-told"), range: find("range"), zooms: document.querySelectorAll("[data-zoom]"), moves: document.querySelectorAll("[data-move]") },
  { now, zone, onChoose: choose },
);

function local(at) {
  return told(at, zone(), { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
}

function away(at) {
  const minutes = Math.max(1, Math.round(Math.abs(at - now()) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.round(minutes / 1440)} days`;
}

function regionOf(window) {
  return state.regions.find((one) => one.id === window.region)?.name ?? window.region;
}

// What comes next of a window, by the clock.
function following(window) {
  if (window.clock === "coming") return `opens in ${away(window.opensAt)}`;
  return window.clock === "open" ? `closes in ${away(window.closesAt)}` : "";
}

function command(text) {
  return make("code", "command", text);
}

function showSummary() {
  const open = state.windows.filter((one) => ["open", "premiere"].includes(one.state));
  const coming = state.windows.filter((one) => one.clock === "coming");
  const next = state.windows.flatMap((one) => [one.opensAt, one.closesAt]).filter((at) => at > now()).sort((a, b) => a - b)[0];
  find("summary").textContent = state.windows.length ? `${open.length} open now, ${coming.length} coming${next ? `; next change in ${away(next)}` : ""}` : "";
  find("open-now").textContent = open.length ? `Open now: ${open.slice(0, 12).map((one) => `${one.title} in ${regionOf(one)}`).join(", ")}${open.length > 12 ? ` and ${open.length - 12} more` : ""}.` : state.windows.length ? "Nothing is open now." : "";
}

function showWarnings() {
  find("warnings").hidden = !state.warnings.length;
  find("warnings-list").replaceChildren(...state.warnings.map((one) => {
    const item = make("li", "", `${one.told} `);
    if (one.command) item.append("Run ", command(one.command));
    return item;
  }));
  find("broken").hidden = !state.broken.length;
  find("broken-list").replaceChildren(...state.broken.map((one) => {
    const item = make("li", "", `${one.told} ${one.remedy} `);
    item.append(command(one.command), " says whether it is right.");
    return item;
  }));
}

function links(window) {
  const found = [];
  const add = (text, address) => {
    const link = make("a", "", text);
    link.href = address;
    if (!address.startsWith("/")) link.rel = "noreferrer";
    found.push(link);
  };
  if (window.film) add("Film", window.film);
  if (window.page) add("Its page", window.page);
  if (!window.is_signed) add("Playlist", window.entry);
  return found;
}

function showTable() {
  find("table").replaceChildren(...state.windows.map((one) => {
    const row = make("tr", one.isWrong ? "wrong" : one.state === "closed" ? "past" : "");
    const film = make("th", "", one.title);
    film.scope = "row";
    const stands = make("td", "stands");
    stands.append(make("span", `state ${one.state}`, one.told), make("small", "", following(one)));
    stands.append(...one.notes.slice(0, MOST_TABLE_NOTES).map((note) => make("small", "", note)));
    const edition = make("td", "", one.edition);
    edition.append(make("small", "", one.variant), ...links(one));
    row.append(film, make("td", "", regionOf(one)), stands, make("td", "", one.opens_there), make("td", "", one.closes_there), make("td", "", local(one.opensAt)), make("td", "", local(one.closesAt)), edition);
    return row;
  }));
  find("left-out").hidden = !state.left_out;
  find("left-out").textContent = `The ${state.windows.length} windows nearest to now are shown; ${state.left_out} further away are left out. matinee drop plan shows all of a calendar.`;
  for (const name of document.querySelectorAll(".clock-name")) name.textContent = clock.value ? `the clock of ${clock.value}` : "your clock";
}

function showCalendars() {
  find("calendars").replaceChildren(...state.calendars.map((one) => {
    const item = make("li", "");
    item.append(make("h3", "", one.name), make("p", "facts path", one.path));
    const who = one.hold === "edge" ? "nginx opens and closes" : "matinee drop tend opens and closes";
    item.append(make("p", "", `${one.film}, at ${one.target}; ${who}; ${one.access === "signed" ? "signed addresses only" : "open to everybody in a region"}.`));
    item.append(...one.remarks.map((remark) => make("p", "warning", remark)));
    return item;
  }));
}

function showDetail() {
  const one = state.windows.find((window) => window.id === chosen);
  find("detail").hidden = !one;
  if (!one) return;
  const head = make("h2", "", `${one.title} `);
  head.append(make("small", "", regionOf(one)));
  const list = make("dl", "");
  const row = (name, ...what) => {
    const value = make("dd", "");
    value.append(...what);
    list.append(make("dt", "", name), value);
  };
  row("Stands", make("span", `state ${one.state}`, one.told), following(one) ? ` · ${following(one)}` : "");
  row("Opens", `${one.opens_there} there · ${local(one.opensAt)}`);
  row("Closes", `${one.closes_there} there · ${local(one.closesAt)}`);
  row("Edition", `${one.edition}, ${one.variant}`);
  const countries = state.regions.find((region) => region.id === one.region)?.countries ?? [];
  if (countries.length) row("Countries", countries.join(", "));
  for (const note of one.notes) row("Note", note);
  for (const warning of state.warnings.filter((each) => each.window === one.id)) row("Look at", `${warning.told} Run `, command(warning.command));
  row("Calendar", state.calendars.find((calendar) => calendar.id === one.calendar)?.path ?? "");
  const there = links(one);
  if (there.length) row("Links", ...there.flatMap((link) => [link, " "]));
  else if (one.is_signed) row("Links", "signed: matinee drop link prints them");
  find("detail").replaceChildren(head, list);
}

function choose(id) {
  chosen = chosen === id ? null : id;
  chart.chosen = chosen;
  chart.draw();
  showDetail();
}

function offerClocks() {
  const wanted = [...new Set(state.windows.map((one) => one.zone))].filter((one) => one !== "UTC" && knows(one)).sort();
  const there = [...clock.options].slice(2).map((one) => one.value);
  if (JSON.stringify(there) === JSON.stringify(wanted)) return;
  const held = clock.value;
  clock.options[0].textContent = `Yours (${ownZone()})`;
  while (clock.options.length > 2) clock.remove(2);
  for (const name of wanted) clock.add(new Option(name, name));
  clock.value = ["", "UTC", ...wanted].includes(held) ? held : "";
}

function show() {
  const isEmpty = !state.windows.length;
  find("windows").hidden = isEmpty;
  find("empty").hidden = !isEmpty || state.broken.length > 0;
  showSummary();
  if (isEmpty) return;
  offerClocks();
  chart.show(state.regions, state.windows);
  showTable();
  showDetail();
}

function take(found) {
  ahead = Date.parse(found.at) - Date.now();
  for (const one of found.windows) {
    one.opensAt = Date.parse(one.opens);
    one.closesAt = Date.parse(one.closes);
    one.isWrong = one.state === "late" || one.state === "overdue";
  }
  // What was read aloud, chosen or copied stays as long as it says the same.
  const { at: _at, calendars, ...rest } = found;
  const said = JSON.stringify([rest, calendars.map(({ asked: _asked, ...one }) => one)]);
  const isNew = said !== shown;
  shown = said;
  state = found;
  if (!isNew) return;
  showWarnings();
  showCalendars();
  show();
}

async function lookAgain() {
  const found = await look("/drops/now");
  if (found !== null) take(found);
  else if (state) find("summary").textContent = "The page does not answer. Is matinee review still running?";
}

clock.addEventListener("change", () => {
  chart.settle();
  show();
});
setInterval(() => {
  if (!document.hidden) lookAgain();
}, LOOK_MS);
setInterval(() => {
  if (!state || document.hidden) return;
  chart.tick();
  showSummary();
}, 1000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) lookAgain();
});
lookAgain();
