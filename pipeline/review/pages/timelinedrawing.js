// Draws a film's timeline: its shots, curves and words, and what is on the bench, from a frame on at a scale.
import { lastUpTo, summed } from "./clock.js";

export const LANES = { ruler: [0, 20], shots: [20, 76], highlights: [82, 108], interest: [114, 158], sound: [164, 208], words: [212, 230] };
export const HEIGHT = 234;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];

function bytes(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function seconds(text) {
  const [over, under = "1"] = text.split("/");
  return Number(over) / Number(under);
}

export class TimelineDrawing {
  constructor(element, canvas, { film, drawing, clock, sheet }) {
    Object.assign(this, { element, canvas, film, clock, sheet });
    this.context = canvas.getContext("2d");
    this.shots = { starts: summed(drawing.shots.starts), lengths: drawing.shots.lengths, scores: drawing.shots.scores };
    this.transitions = drawing.transitions.filter(([kind]) => kind !== "cut");
    this.leftOut = [...drawing.left_out, ...film.never];
    this.words = { starts: summed(drawing.words.starts), lengths: drawing.words.lengths, texts: drawing.words.text.split("\n") };
    this.curves = {};
    for (const [name, { levels }] of Object.entries(drawing.curves)) {
      this.curves[name] = levels.map(({ step, values }) => ({ step: seconds(step), values: bytes(values) }));
    }
    this.sheets = new Map();
    this.highlights = [];
    this.current = null;
    this.marks = [null, null];
    this.frame = 0;
    this.first = 0;
    this.width = 1;
    this.perPixel = 1;
    this.drag = null;
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.draw());
    }
  }

  xOf(frame) {
    return (frame - this.first) / this.perPixel;
  }

  frameAt(x) {
    return this.first + x * this.perPixel;
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      this.#paint();
    });
  }

  #paint() {
    const { context, width } = this;
    const style = getComputedStyle(this.element);
    const colour = Object.fromEntries(
      ["ground", "panel", "ink", "faint", "line", "accent", "good", "wait", "shade"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
    );
    this.colour = colour;
    context.clearRect(0, 0, width, HEIGHT);
    context.fillStyle = colour.panel;
    context.fillRect(0, 0, width, HEIGHT);
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    this.#ruler();
    this.#shots();
    this.#curve("interest", LANES.interest, colour.wait, "Score");
    this.#curve("loudness", LANES.sound, colour.faint, "Loudness");
    this.#curve("speech", LANES.sound, colour.good, "Speech", true);
    this.#words();
    this.#highlights();
    this.#marks();
    this.#head();
  }

  #ruler() {
    const { context, colour, clock } = this;
    const [top, bottom] = LANES.ruler;
    const perSecond = clock.fps / this.perPixel;
    const step = STEPS_S.find((one) => one * perSecond >= 90) ?? 3600;
    const frames = Math.max(1, Math.round(step * clock.fps));
    context.fillStyle = colour.faint;
    context.strokeStyle = colour.line;
    context.beginPath();
    for (let frame = Math.floor(this.first / frames) * frames; this.xOf(frame) < this.width; frame += frames) {
      const x = Math.round(this.xOf(frame)) + 0.5;
      context.moveTo(x, bottom - 6);
      context.lineTo(x, bottom);
      context.fillText(clock.told(Math.max(0, frame)), x + 3, (top + bottom) / 2);
    }
    context.stroke();
  }

  #shots() {
    const { context, colour, shots } = this;
    const [top, bottom] = LANES.shots;
    const { width_px: wide, height_px: high, across, down } = this.film.sprites;
    const tall = bottom - top;
    const tile = (wide * tall) / high;
    context.fillStyle = colour.shade;
    context.fillRect(0, top, this.width, tall);
    let free = -Infinity;
    const last = this.frameAt(this.width);
    for (let shot = Math.max(0, lastUpTo(shots.starts, this.first)); shot < shots.starts.length && shots.starts[shot] < last; shot += 1) {
      const left = this.xOf(shots.starts[shot]);
      const right = this.xOf(shots.starts[shot] + shots.lengths[shot]);
      const isApart = right - left >= 3;
      // Of shots that are too short to be seen, as many pictures as there is room for.
      if (left >= free || isApart) {
        const from = Math.max(left, isApart ? 0 : free);
        const room = Math.min(tile, isApart ? right - from : tile);
        const sheet = room > 1 ? this.#sheet(Math.floor(shot / (across * down))) : null;
        if (sheet) {
          const place = shot % (across * down);
          const part = wide * Math.min(1, room / tile);
          const skip = (wide - part) / 2;
          context.drawImage(sheet, (place % across) * wide + skip, Math.floor(place / across) * high, part, high, from, top, room, tall);
        }
        free = from + room;
      }
      if (right - left >= 6) {
        context.fillStyle = colour.panel;
        context.fillRect(Math.round(left) - 0.5, top, 1, tall);
      }
    }
    for (const [, start, end] of this.transitions) {
      const [left, right] = [this.xOf(start), Math.max(this.xOf(end), this.xOf(start) + 2)];
      if (right < 0 || left > this.width) continue;
      context.fillStyle = colour.wait;
      context.fillRect(left, bottom - 5, right - left, 5);
    }
  }

  #sheet(number) {
    const known = this.sheets.get(number);
    if (known) return known.complete && known.naturalWidth ? known : null;
    const image = new Image();
    image.onload = () => this.draw();
    image.src = this.sheet(number);
    this.sheets.set(number, image);
    return null;
  }

  #curve(name, [top, bottom], stroke, label, isLine = false) {
    const levels = this.curves[name];
    if (!levels) return;
    const { context } = this;
    const perPixel = this.perPixel / this.clock.fps;
    const level = [...levels].reverse().find((one) => one.step <= perPixel) ?? levels[0];
    const from = Math.max(0, Math.floor(this.clock.timeOf(Math.floor(this.first)) / level.step));
    const tall = bottom - top;
    context.beginPath();
    context.moveTo(0, bottom);
    let x = 0;
    for (let at = from; at < level.values.length; at += 1) {
      x = this.xOf(at * level.step * this.clock.fps);
      context.lineTo(x, bottom - (level.values[at] / 255) * tall);
      if (at === level.values.length - 1) context.lineTo((x = this.xOf(this.clock.count)), bottom - (level.values[at] / 255) * tall);
      if (x > this.width) break;
    }
    if (isLine) {
      context.strokeStyle = stroke;
      context.lineWidth = 1.5;
      context.stroke();
      context.lineWidth = 1;
    } else {
      context.lineTo(x, bottom);
      context.closePath();
      context.globalAlpha = 0.45;
      context.fillStyle = stroke;
      context.fill();
      context.globalAlpha = 1;
    }
    this.#label(label, isLine ? 66 : 4, top + 7, stroke);
  }

  #label(text, x, y, ink) {
    const { context, colour } = this;
    context.fillStyle = colour.panel;
    context.globalAlpha = 0.8;
    context.fillRect(x - 2, y - 7, context.measureText(text).width + 4, 14);
    context.globalAlpha = 1;
    context.fillStyle = ink;
    context.fillText(text, x, y);
  }

  #words() {
    const { context, colour, words } = this;
    const [top, bottom] = LANES.words;
    if (!words.starts.length) return;
    let free = 0;
    for (let at = Math.max(0, lastUpTo(words.starts, this.first)); at < words.starts.length; at += 1) {
      const left = this.xOf(words.starts[at]);
      if (left > this.width) break;
      const right = this.xOf(words.starts[at] + words.lengths[at]);
      context.fillStyle = colour.line;
      context.fillRect(left, bottom - 2, Math.max(1, right - left - 1), 2);
      if (left < free || right - left < 12) continue;
      const text = words.texts[at];
      context.fillStyle = colour.ink;
      context.fillText(text, left, (top + bottom) / 2 - 1);
      free = left + context.measureText(text).width + 4;
    }
  }

  #highlights() {
    const { context, colour, drag } = this;
    const [top, bottom] = LANES.highlights;
    context.fillStyle = colour.ground;
    context.fillRect(0, top, this.width, bottom - top);
    context.fillStyle = colour.shade;
    for (const [start, end] of this.leftOut) context.fillRect(this.xOf(start), top, Math.max(1, this.xOf(end) - this.xOf(start)), bottom - top);
    for (const one of this.highlights) {
      const isCurrent = one.id === this.current;
      one.pieces.forEach(([begin, finish], piece) => {
        let [start, end] = [begin, finish];
        if (drag?.handle && drag.handle.id === one.id && drag.handle.piece === piece) {
          if (drag.handle.edge === "in") start = drag.at;
          else end = drag.at;
        }
        const [left, right] = [this.xOf(start), Math.max(this.xOf(end), this.xOf(start) + 3)];
        if (right < 0 || left > this.width) return;
        context.fillStyle = isCurrent ? colour.accent : colour.faint;
        context.globalAlpha = isCurrent ? 1 : 0.75;
        context.beginPath();
        context.roundRect(left, top, right - left, bottom - top, 4);
        context.fill();
        context.globalAlpha = 1;
        context.fillStyle = colour.panel;
        if (right - left > 18) for (const x of [left + 2, right - 4]) context.fillRect(x, top + 6, 2, bottom - top - 12);
        const text = one.is_locked ? `${one.id} ▪` : one.id;
        if (right - left > context.measureText(text).width + 20) context.fillText(text, Math.max(left, 0) + 9, (top + bottom) / 2 + 0.5);
        context.globalAlpha = isCurrent ? 0.14 : 0;
        context.fillStyle = colour.accent;
        if (isCurrent) context.fillRect(left, LANES.shots[0], right - left, HEIGHT - LANES.shots[0]);
        context.globalAlpha = 1;
      });
    }
    if (drag?.snap) {
      const x = this.xOf(drag.snap.frame);
      context.fillStyle = colour.good;
      context.fillRect(x - 1, LANES.shots[0], 2, HEIGHT);
      this.#label(drag.snap.kind, x + 5, top - 4, colour.good);
    }
  }

  #marks() {
    const { context, colour } = this;
    const [start, end] = this.marks;
    context.fillStyle = colour.good;
    for (const [frame, way] of [[start, 1], [end, -1]]) {
      if (frame === null) continue;
      const x = this.xOf(frame);
      context.fillRect(x - 1, LANES.ruler[0], 2, LANES.highlights[1]);
      context.fillRect(way > 0 ? x : x - 7, LANES.ruler[0], 7, 2);
    }
  }

  #head() {
    const { context, colour } = this;
    const [left, right] = [this.xOf(this.frame), this.xOf(this.frame + 1)];
    context.fillStyle = colour.ink;
    context.globalAlpha = 0.18;
    context.fillRect(left, LANES.ruler[1], Math.max(1, right - left), HEIGHT);
    context.globalAlpha = 1;
    context.fillRect(Math.round(left) - 0.5, 0, 1.5, HEIGHT);
    context.beginPath();
    context.moveTo(left - 5, 0);
    context.lineTo(left + 6, 0);
    context.lineTo(left + 0.5, 8);
    context.fill();
  }
}
