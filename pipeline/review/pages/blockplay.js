// Plays a block that was made, from film to film across its joins.
import { openPackage } from "./hlsplay.js";

const LEAD_S = 3;
const NEAR_S = 0.5;
const find = (id) => document.querySelector(`#${id}`);

function read() {
  const numbers = (name) => [...document.querySelectorAll(`#made [data-${name}]`)];
  return {
    chapters: numbers("chapter").map(({ dataset, textContent }) => ({
      id: dataset.chapter, title: textContent, start: Number(dataset.start), end: Number(dataset.end), at: dataset.at,
    })),
    joins: numbers("join").map(({ dataset, textContent }) => ({ at: Number(dataset.join), told: textContent })),
  };
}

export class BlockPlayer {
  // `onFilm` is told which film is on the screen, null for none.
  constructor(address, onFilm) {
    Object.assign(this, read(), { address, onFilm });
    this.video = find("video");
    this.shown = null;
    this.opened = null;
    this.#list();
    this.video.addEventListener("timeupdate", () => this.#follow());
    this.video.addEventListener("seeked", () => this.#follow());
    // Its own buttons come with what there is to play.
    this.video.addEventListener("click", () => this.video.controls || this.toggle());
    for (const name of ["play", "pause"]) this.video.addEventListener(name, () => this.#state());
    find("play-pause").addEventListener("click", () => this.toggle());
    find("next-join").addEventListener("click", () => this.join(1));
    find("join-before").addEventListener("click", () => this.join(-1));
  }

  toggle() {
    if (this.video.paused) this.#playFrom(null);
    else this.video.pause();
  }

  join(by) {
    const now = this.opened ? this.video.currentTime : -LEAD_S;
    const starts = this.joins.map((join) => Math.max(0, join.at - LEAD_S));
    let at = by > 0 ? starts.findIndex((start) => start > now + NEAR_S) : starts.findLastIndex((start) => start < now - LEAD_S);
    if (at < 0) at = by > 0 ? 0 : starts.length - 1;
    find("playing").textContent = `Join ${at + 1} of ${starts.length}: ${this.joins[at].told}.`;
    return this.#playFrom(starts[at]);
  }

  async #playFrom(time) {
    try {
      await this.#open();
      if (time !== null) this.video.currentTime = time;
      await this.video.play();
    } catch (error) {
      // Another order came before the first was followed.
      if (error.name !== "AbortError") this.#trouble(error.message);
    }
  }

  // Nothing of the block is loaded before somebody wants to see it.
  #open() {
    this.opened ??= this.#load().catch((error) => {
      this.opened = null;
      throw error;
    });
    return this.opened;
  }

  async #load() {
    const url = `${this.address}/hls/master.m3u8`;
    await openPackage(this.video, url, (why) => this.#trouble(why));
    this.video.controls = true;
  }

  #list() {
    find("chapters").replaceChildren(...this.chapters.map((film) => {
      const [item, button, at, title] = ["li", "button", "span", "span"].map((tag) => document.createElement(tag));
      button.type = "button";
      at.textContent = film.at;
      title.textContent = film.title;
      button.append(at, title);
      button.addEventListener("click", () => {
        find("playing").textContent = `From the beginning of ${film.title}.`;
        this.#playFrom(film.start);
      });
      item.append(button);
      film.button = button;
      return item;
    }));
  }

  #follow() {
    const now = this.video.currentTime;
    const film = this.chapters.find(({ start, end }) => start <= now && now < end) ?? null;
    if (film === this.shown) return;
    this.shown?.button.removeAttribute("aria-current");
    film?.button.setAttribute("aria-current", "true");
    this.shown = film;
    this.onFilm(film?.id ?? null);
  }

  #state() {
    find("play-pause").firstChild.textContent = this.video.paused ? "Play " : "Pause ";
  }

  #trouble(why) {
    find("trouble").textContent = `It cannot be played: ${why} Load the page again; it may have been made anew.`;
    find("trouble").hidden = false;
  }
}
