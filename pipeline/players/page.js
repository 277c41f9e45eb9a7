// The page: its menus, its time line, its keys, and what is told of what plays.

import { showConformance } from "./conformance.js";
import { listPlayers, openPlayer } from "./player.js";
import { findPreview, loadPreviews } from "./previews.js";

const part = (id) => document.getElementById(id);
const video = part("video");
const stage = part("stage");
const seek = part("seek");
const asked = new URLSearchParams(location.search);

let player;
let previews = [];
let lastSubtitle;
let mentioned;

async function open() {
  const packages = await (await fetch("packages.json")).json();
  const chosen = packages[Number(asked.get("package"))] ?? packages[0];
  document.title = part("name").textContent = chosen.name;
  fill(part("package"), packages.map(({ name }, k) => ({ id: String(k), label: name })), String(packages.indexOf(chosen)));
  part("package").hidden = packages.length < 2;
  part("name").hidden = packages.length > 1;
  const players = listPlayers(video);
  const id = players.some((one) => one.id === asked.get("player")) ? asked.get("player") : players[0]?.id;
  fill(part("player"), players, id);
  if (!id) return trouble("This browser plays no HLS: it has neither Media Source Extensions nor HLS of its own.");
  if (chosen.files.includes("poster.jpg")) video.poster = `${chosen.at}poster.jpg`;
  start(id, chosen, players);
  if (chosen.files.includes("thumbnails.vtt")) previews = await loadPreviews(`${chosen.at}thumbnails.vtt`);
  if (chosen.files.includes("conformance.json")) {
    const places = { badge: part("verdict"), section: part("conformance"), summary: part("summary"), list: part("findings") };
    await showConformance(`${chosen.at}conformance.json`, places);
  }
}

function start(id, chosen, players, before = "") {
  player = openPlayer(id, video, `${chosen.at}master.m3u8`, {
    onChange: showMenus,
    onTrouble: mention,
    // This machine is near, so that the best rung comes first rather than after what is loaded ahead.
    settings: { abrEwmaDefaultEstimate: 1e8 },
    onFailure: (told) => {
      const all = `${before}${id} gave up: ${told}.`;
      trouble(all);
      if (id !== "hls.js" || !players.some((one) => one.id === "native")) return;
      part("player").value = "native";
      start("native", chosen, players, `${all} `);
    },
  });
}

function showMenus() {
  fill(part("quality"), player.rungs(), player.rung());
  fill(part("sound"), player.sounds(), player.sound());
  fill(part("subtitles"), player.subtitles(), player.subtitle());
}

function fill(menu, choices, chosen) {
  menu.replaceChildren(...choices.map(({ id, label }) => new Option(label, id, false, id === chosen)));
  menu.disabled = choices.length < 2;
  menu.closest("label").hidden = !choices.length;
}

function trouble(told) {
  clearTimeout(mentioned);
  part("trouble").textContent = told;
  part("trouble").hidden = false;
}

// What a player goes on from is told, but does not stay.
function mention(told) {
  trouble(told);
  mentioned = setTimeout(() => (part("trouble").hidden = true), 6000);
}

function togglePlay() {
  if (video.paused) video.play().catch((error) => trouble(error.message));
  else video.pause();
}

function clock(time) {
  if (!Number.isFinite(time)) return "–";
  const whole = Math.floor(time + 0.02); // a film of 30 s may be 29.999999 long
  const [hours, minutes, left] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(left)}` : `${minutes}:${two(left)}`;
}

function showTime() {
  const { currentTime, duration } = video;
  const length = Number.isFinite(duration) ? duration : 0;
  seek.max = length;
  seek.value = currentTime;
  seek.setAttribute("aria-valuetext", `${clock(currentTime)} of ${clock(length)}`);
  part("now").textContent = clock(currentTime);
  part("length").textContent = clock(length);
  const share = (time) => `${length ? (100 * time) / length : 0}%`;
  seek.style.setProperty("--done", share(currentTime));
  seek.style.setProperty("--loaded", share(Math.max(currentTime, loadedUntil())));
}

function loadedUntil() {
  for (let k = 0; k < video.buffered.length; k++) {
    if (video.buffered.start(k) <= video.currentTime + 0.1 && video.currentTime <= video.buffered.end(k)) {
      return video.buffered.end(k);
    }
  }
  return video.currentTime;
}

function showFacts() {
  const { size, rate, peak, codecs } = player?.playing() ?? {};
  part("rung").textContent = size ?? "–";
  part("rate").textContent = rate ? `${(rate / 1e6).toFixed(2)} Mb/s, peak ${(peak / 1e6).toFixed(2)}` : "–";
  part("codecs").textContent = codecs || "–";
  part("ahead").textContent = `${(loadedUntil() - video.currentTime).toFixed(1)} s`;
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  part("dropped").textContent = `${droppedVideoFrames} of ${totalVideoFrames}`;
}

function showPreview({ offsetX }) {
  const length = Number(seek.max);
  const time = Math.min(length, Math.max(0, (offsetX / seek.clientWidth) * length));
  const found = findPreview(previews, time);
  part("when").textContent = clock(time);
  const { style } = part("thumbnail");
  style.width = `${found?.width ?? 0}px`;
  style.height = `${found?.height ?? 0}px`;
  style.backgroundImage = found ? `url(${JSON.stringify(found.picture)})` : "none";
  style.backgroundPosition = found ? `-${found.x}px -${found.y}px` : "0 0";
  const half = (found?.width ?? 60) / 2 + 8;
  part("preview").style.left = `${Math.min(seek.clientWidth - half, Math.max(half, offsetX))}px`;
  part("preview").hidden = !length;
}

function toggleSubtitles() {
  const shown = player.subtitle();
  const first = player.subtitles()[1]?.id;
  if (shown !== "none") lastSubtitle = shown;
  player.chooseSubtitle(shown === "none" ? lastSubtitle ?? first ?? "none" : "none");
  showMenus();
}

function toggleFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else stage.requestFullscreen?.();
}

const jump = (by) => (video.currentTime = Math.min(video.duration || 0, Math.max(0, video.currentTime + by)));
const louder = (by) => (video.volume = Math.min(1, Math.max(0, video.volume + by)));
const step = (by) => {
  video.pause();
  jump(by / player.frameRate());
};
const KEYS = {
  " ": togglePlay,
  k: togglePlay,
  ArrowLeft: () => jump(-5),
  ArrowRight: () => jump(5),
  ArrowUp: () => louder(0.1),
  ArrowDown: () => louder(-0.1),
  ",": () => step(-1),
  ".": () => step(1),
  m: () => (video.muted = !video.muted),
  c: toggleSubtitles,
  f: toggleFull,
};

function listen() {
  document.addEventListener("keydown", (event) => {
    // Menus and buttons keep their own keys.
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("select, a, #volume")) return;
    if (event.key === " " && event.target.matches("button")) return;
    if (!player || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  for (const id of ["play", "start"]) part(id).addEventListener("click", togglePlay);
  video.addEventListener("click", togglePlay);
  video.addEventListener("play", () => stage.classList.add("playing", "started"));
  video.addEventListener("pause", () => stage.classList.remove("playing"));
  for (const name of ["play", "pause"]) {
    video.addEventListener(name, () => part("play").setAttribute("aria-label", video.paused ? "Play" : "Pause"));
  }
  for (const name of ["timeupdate", "durationchange", "progress", "seeking"]) video.addEventListener(name, showTime);
  video.addEventListener("volumechange", () => {
    part("volume").value = video.muted ? 0 : video.volume;
    stage.classList.toggle("muted", video.muted || !video.volume);
  });
  seek.addEventListener("input", () => (video.currentTime = Number(seek.value)));
  seek.addEventListener("pointermove", showPreview);
  seek.addEventListener("pointerleave", () => (part("preview").hidden = true));
  part("volume").addEventListener("input", ({ target }) => {
    video.muted = false;
    video.volume = Number(target.value);
  });
  part("mute").addEventListener("click", KEYS.m);
  part("full").addEventListener("click", toggleFull);
  part("quality").addEventListener("change", ({ target }) => player.chooseRung(target.value));
  part("sound").addEventListener("change", ({ target }) => player.chooseSound(target.value));
  part("subtitles").addEventListener("change", ({ target }) => player.chooseSubtitle(target.value));
  for (const id of ["package", "player"]) {
    part(id).addEventListener("change", ({ target }) => {
      asked.set(id, target.value);
      location.search = asked.toString();
    });
  }
  setInterval(showFacts, 500);
}

listen();
open().catch((error) => trouble(`The package could not be opened: ${error.message}`));
