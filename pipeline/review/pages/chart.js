// Draws windows as bars over time, a row for each region: zoomed to a day, a week or all, moved by buttons and keys.
import { make } from "./nodes.js";
import { instantOf, localOf, startOfDay, startOfWeek, ticksOf, told } from "./zones.js";

const DAY = 86_400_000;
const LANE_PX = 46;
const LETTER_PX = 6.6;
const PADDING_PX = 22;
const GAP_PX = 6;
const LEAST_TICK_PX = 76;
const MOST_LANES = 8;
const ZOOMS = ["day", "week", "whole"];

export class Chart {
  // `parts`: elements; `hooks`: now(), zone(), onChoose(id)
  constructor(parts, hooks) {
    this.parts = parts;
    this.hooks = hooks;
    this.zoom = null;
    this.start = this.end = 0;
    this.chosen = null;
    this.regions = [];
    this.windows = [];
    for (const button of parts.zooms) button.addEventListener("click", () => this.setZoom(button.dataset.zoom));
    for (const button of parts.moves) button.addEventListener("click", () => this.move(Number(button.dataset.move)));
    parts.chart.addEventListener("keydown", (event) => this.#press(event));
    parts.rows.addEventListener("click", (event) => {
      const bar = event.target.closest(".bar");
      if (bar) hooks.onChoose(bar.dataset.id);
    });
    let width = 0;
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width === width) return;
      width = contentRect.width;
      requestAnimationFrame(() => this.draw());
    }).observe(parts.chart);
  }

  show(regions, windows) {
    this.regions = regions;
    this.windows = windows;
    if (this.zoom === null) {
      const [monday, next] = [startOfWeek(this.hooks.now(), this.hooks.zone()), startOfWeek(this.hooks.now(), this.hooks.zone(), 1)];
      this.zoom = windows.some((one) => one.opensAt < next && one.closesAt > monday) ? "week" : "whole";
      this.settle();
    } else if (this.zoom === "whole") {
      this.settle();
    } else {
      this.draw();
    }
  }

  setZoom(zoom) {
    const middle = (this.start + this.end) / 2;
    const { now } = this.hooks;
    // What is now stays in sight where it was.
    const at = this.start <= now() && now() < this.end ? now() : middle;
    this.zoom = zoom;
    this.settle(at);
  }

  move(by) {
    const zone = this.hooks.zone();
    if (by === 0 || this.zoom === "whole") {
      this.settle(this.hooks.now());
    } else {
      const { year, month, day } = localOf(this.start, zone);
      this.settle(instantOf(year, month, day + by * (this.zoom === "week" ? 7 : 1), 12, zone));
    }
  }

  // Lays what is seen anew around an instant, by the clock that was chosen.
  settle(at = this.start > 0 ? (this.start + this.end) / 2 : this.hooks.now()) {
    const zone = this.hooks.zone();
    if (this.zoom === "day") [this.start, this.end] = [startOfDay(at, zone), startOfDay(at, zone, 1)];
    else if (this.zoom === "week") [this.start, this.end] = [startOfWeek(at, zone), startOfWeek(at, zone, 1)];
    else {
      const ends = this.windows.flatMap((one) => [one.opensAt, one.closesAt]);
      const [first, last] = [Math.min(this.hooks.now(), ...ends), Math.max(this.hooks.now(), ...ends)];
      const room = Math.max(DAY / 24, (last - first) / 25);
      [this.start, this.end] = [first - room, last + room];
    }
    this.draw();
  }

  draw() {
    if (!this.regions.length || this.end <= this.start) return;
    const width = this.parts.ticks.clientWidth;
    if (!width) return;
    const active = document.activeElement?.closest(".bar")?.dataset.id;
    this.parts.rows.replaceChildren(...this.regions.map((region) => this.#row(region, width)));
    if (active) this.parts.rows.querySelector(`[data-id="${CSS.escape(active)}"]`)?.focus();
    this.#drawTicks(width);
    const zone = this.hooks.zone();
    const day = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
    const [first, last] = [told(this.start, zone, day), told(this.end - 1, zone, day)];
    this.parts.range.textContent = first === last ? first : `${first} – ${last}`;
    for (const button of this.parts.zooms) button.setAttribute("aria-pressed", String(button.dataset.zoom === this.zoom));
    for (const button of this.parts.moves) button.disabled = this.zoom === "whole";
    this.tick();
  }

  // Moves what goes with the clock.
  tick() {
    const at = this.hooks.now();
    const share = (at - this.start) / (this.end - this.start);
    this.parts.now.hidden = !(share >= 0 && share <= 1);
    this.parts.now.style.left = `${100 * share}%`;
    this.parts.now.classList.toggle("late", share > 0.9);
    this.parts.nowTold.textContent = `now ${told(at, this.hooks.zone(), { hour: "2-digit", minute: "2-digit" })}`;
    for (const item of this.parts.rows.querySelectorAll("[data-zone]")) {
      item.textContent = told(at, item.dataset.zone, { weekday: "short", hour: "2-digit", minute: "2-digit" });
    }
  }

  #row(region, width) {
    const row = make("section", "region");
    row.setAttribute("aria-label", region.name);
    const head = make("h3", "", region.name);
    const small = make("small", "");
    try {
      told(0, region.zone, {});
      const clock = make("span", "");
      clock.dataset.zone = region.zone;
      small.append(clock, ` ${region.zone}`);
    } catch {
      small.textContent = region.zone;
    }
    head.append(small);
    const track = make("div", "track");
    const lanes = [];
    for (const one of this.windows) {
      if (one.region === region.id && one.opensAt < this.end && one.closesAt > this.start) track.append(this.#bar(one, width, lanes));
    }
    track.style.height = `${Math.max(1, lanes.length) * LANE_PX + GAP_PX}px`;
    row.append(head, track);
    return row;
  }

  #bar(one, width, lanes) {
    const place = (at) => ((Math.min(Math.max(at, this.start), this.end) - this.start) / (this.end - this.start)) * width;
    const [left, right] = [place(one.opensAt), place(one.closesAt)];
    const words = [`${one.title} · ${one.told}`, one.span_there];
    const needs = Math.max(...words.map((text) => text.length)) * LETTER_PX + PADDING_PX;
    // Words that have no room within a bar stand beside it, where that keeps the row low.
    let [from, to] = [left, Math.max(right, left + 8)];
    let side = "in";
    if (to - from < needs && lanes.length < MOST_LANES) {
      side = left + needs <= width || right - needs < 0 ? "after" : "before";
      [from, to] = side === "after" ? [left, to + needs] : [right - needs - (right - left), right];
    }
    let lane = lanes.findIndex((end) => end + GAP_PX <= from);
    if (lane < 0) lane = lanes.length < MOST_LANES ? lanes.length : MOST_LANES - 1;
    lanes[lane] = Math.max(lanes[lane] ?? -Infinity, to);
    const bar = make("button", `bar ${side}`);
    bar.type = "button";
    bar.dataset.id = one.id;
    bar.dataset.state = one.isWrong ? "late" : one.state === "premiere" ? "open" : one.clock;
    bar.setAttribute("aria-pressed", String(one.id === this.chosen));
    bar.classList.toggle("cut-before", one.opensAt < this.start);
    bar.classList.toggle("cut-after", one.closesAt > this.end);
    Object.assign(bar.style, { left: `${left}px`, width: `${Math.max(8, right - left)}px`, top: `${lane * LANE_PX + GAP_PX}px` });
    const label = make("span", "words");
    const head = make("b", "", words[0]);
    const sign = make("span", "sign", "⚠ ");
    sign.setAttribute("aria-hidden", "true");
    if (one.isWrong) head.prepend(sign);
    label.append(head, " ", make("span", "", words[1]));
    bar.append(label);
    return bar;
  }

  #drawTicks(width) {
    const most = Math.max(2, Math.floor(width / LEAST_TICK_PX));
    this.parts.ticks.replaceChildren(...ticksOf(this.start, this.end, this.hooks.zone(), most).map(({ at, isMain, text }) => {
      const tick = make("span", isMain ? "tick main" : "tick", text);
      tick.style.left = `${(100 * (at - this.start)) / (this.end - this.start)}%`;
      return tick;
    }));
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const zoom = ZOOMS.indexOf(this.zoom);
    const does = {
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      Home: () => this.move(0),
      "+": () => this.setZoom(ZOOMS[Math.max(0, zoom - 1)]),
      "-": () => this.setZoom(ZOOMS[Math.min(ZOOMS.length - 1, zoom + 1)]),
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  }
}
