// A drop's page: counts down by the server's clock, plays the film once its entry is there, and says what else is true.
//
// The page is the same at all times. The clock only tells when to ask; whether the film is open, the server says.

const part = (id) => document.getElementById(id);
const { dataset } = document.body;
const words = JSON.parse(dataset.words);
const windows = JSON.parse(dataset.windows).map(([opens, closes]) => ({ opens: Date.parse(opens), closes: Date.parse(closes) }));
const video = part("video");
const language = document.documentElement.lang;
const format = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const MOST_WAIT_S = 30;
const DAY_S = 86400;
// Viewers of a premiere all come in the same second.
const SPREAD_MS = 1500;

let ahead = 0; // of the server's clock, in milliseconds
let player;
let playing = false;
let asking = false;

const now = () => Date.now() + ahead;

function entryAddress() {
  const own = /([^/]+)\.html$/.exec(location.pathname);
  const address = new URL(own ? `${own[1]}.m3u8` : dataset.entry, location.href);
  // Where viewers come from, for the server's log.
  const campaign = new URLSearchParams(location.search).get("c");
  if (campaign) address.searchParams.set("c", campaign);
  return address.href;
}

async function readClock() {
  try {
    const before = Date.now();
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    const told = Date.parse(answer.headers.get("Date")) + 1000 * Number(answer.headers.get("Age") ?? 0);
    const off = told - (before + Date.now()) / 2;
    // The server tells whole seconds.
    ahead = Math.abs(off) > 2000 ? off : 0;
  } catch {
    // The viewer's clock is good enough to count by.
  }
}

function show(status, { count = "", local = "", retry = false } = {}) {
  // Said again only where it changed, so that it is read out once.
  if (part("status").textContent !== status) part("status").textContent = status;
  for (const [id, text] of [["countdown", count], ["local", local]]) {
    part(id).textContent = text;
    part(id).hidden = !text;
  }
  part("retry").hidden = !retry;
}

function tellTimes() {
  [...(part("windows")?.children ?? [])].forEach((item, k) => {
    const [opens, closes] = [windows[k].opens, windows[k].closes].map((at) => format.format(at));
    item.textContent = words.from_to.replace("{opens}", opens).replace("{closes}", closes);
  });
}

function countdown(seconds) {
  const days = Math.floor(seconds / DAY_S);
  const rest = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, "0"));
  const told = new Intl.NumberFormat(language, { style: "unit", unit: "day", unitDisplay: "long" }).format(days);
  return `${days ? `${told} ` : ""}${rest.join(":")}`;
}

function follow() {
  const at = now();
  const open = windows.find(({ opens, closes }) => opens <= at && at < closes);
  const coming = windows.find(({ opens }) => at < opens);
  if (open || !windows.length) {
    if (!asking) ask();
  } else if (player && playing) {
    // Who has begun sees it to its end.
  } else {
    leave();
    if (coming) {
      const seconds = Math.ceil((coming.opens - at) / 1000);
      show(words.opens_in, { count: countdown(seconds), local: format.format(coming.opens) });
    } else show(words.closed);
  }
  setTimeout(follow, 1000 - (now() % 1000));
}

async function ask() {
  asking = true;
  await pause(Math.random() * SPREAD_MS);
  for (let wait = 2; asking; wait = Math.min(2 * wait, MOST_WAIT_S)) {
    const status = await answerOf(entryAddress());
    if (!asking) return;
    if (status === 200) return begin();
    if (status === 403) return show(words.ticket, { retry: true });
    if (status === 451) return show(words.elsewhere);
    show(status === 404 || status === 410 ? (windows.length ? words.soon : words.not_open) : words.failed);
    await pause(1000 * wait + Math.random() * SPREAD_MS);
  }
}

async function answerOf(address) {
  try {
    const answer = await fetch(address, { cache: "no-store" });
    await answer.text();
    return answer.status;
  } catch {
    return 0;
  }
}

async function begin() {
  try {
    if (!window.Hls) await loadScript(dataset.hls);
    const { listPlayers, openPlayer } = await import(new URL(dataset.player, location.href));
    open(listPlayers(video), openPlayer);
  } catch {
    show(words.failed, { retry: true });
  }
}

function open([first, ...others], openPlayer) {
  if (!first) return show(words.unplayable);
  const until = windows.find(({ opens, closes }) => opens <= now() && now() < closes)?.closes;
  show("");
  part("poster")?.setAttribute("hidden", "");
  video.hidden = part("play").hidden = false;
  video.title = until ? `${words.open_until} ${format.format(until)}` : "";
  player = openPlayer(first.id, video, entryAddress(), {
    settings: { autoStartLoad: false },
    onChange: showMenus,
    onTrouble: () => undefined,
    onFailure: () => {
      if (others.length) return open(others, openPlayer);
      leave();
      asking = true;
      show(words.failed, { retry: true });
    },
  });
}

function leave() {
  player?.close();
  player = undefined;
  playing = asking = false;
  for (const id of ["video", "play", "menus"]) part(id).hidden = true;
  part("poster")?.removeAttribute("hidden");
}

function showMenus() {
  fill(part("sound"), player.sounds(), player.sound());
  fill(part("subtitles"), player.subtitles(), player.subtitle());
  part("menus").hidden = [...part("menus").children].every(({ hidden }) => hidden);
}

function fill(menu, choices, chosen) {
  menu.replaceChildren(...choices.map(({ id, label }) => new Option(id === "none" ? words.none : label, id, false, id === chosen)));
  menu.closest("label").hidden = choices.length < 2;
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

video.addEventListener("play", () => {
  playing = true;
  part("play").hidden = true;
});
part("play").addEventListener("click", () => {
  video.focus();
  video.play().catch(() => undefined); // paused again before it had begun
});
video.addEventListener("ended", () => (playing = false));
part("sound").addEventListener("change", ({ target }) => player?.chooseSound(target.value));
part("subtitles").addEventListener("change", ({ target }) => player?.chooseSubtitle(target.value));
part("retry").addEventListener("click", () => {
  show(""); // a second click would ask twice, and two players would have one video
  ask();
});
const isEmbedded = window.self !== window.top || new URLSearchParams(location.search).has("embed");
document.documentElement.classList.toggle("embedded", isEmbedded);

tellTimes();
await readClock();
follow();
