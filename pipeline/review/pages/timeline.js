// Draws a film's timeline at any zoom, and takes what is clicked and dragged on it.
import { lastUpTo, summed } from "./clock.js";

const LANES = { ruler: [0, 20], shots: [20, 76], highlights: [82, 108], interest: [114, 158], sound: [164, 208], words: [212, 230] };
const HEIGHT = 234;
const SNAP_PX = 8;
const NEAR_PX = { mouse: 7, pen: 12, touch: 22 };
const KINDS = ["shot", "word", "beat"];
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];

function bytes(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function seconds(text) {
  const [over, under = "1"] = text.split("/");
  return Number(over) / Number(under);
}

export class Timeline {
  // `hooks`: onSeek(frame), onChoose(id), onTrim(id, piece, edge, frame), onView()
  constructor(element, canvas, { film, drawing, clock, sheet }, hooks) {
    Object.assign(this, { element, canvas, film, clock, sheet, hooks });
    this.context = canvas.getContext("2d");
    this.shots = { starts: summed(drawing.shots.starts), lengths: drawing.shots.lengths, scores: drawing.shots.scores };
    this.transitions = drawing.transitions.filter(([kind]) => kind !== "cut");
    this.leftOut = [...drawing.left_out, ...film.never];
    this.words = { starts: summed(drawing.words.starts), lengths: drawing.words.lengths, texts: drawing.words.text.split("\n") };
    this.curves = {};
    for (const [name, { levels }] of Object.entries(drawing.curves)) {
      this.curves[name] = levels.map(({ step, values }) => ({ step: seconds(step), values: bytes(values) }));
    }
    this.snaps = {};
    for (const edge of ["in", "out"]) {
      this.snaps[edge] = Object.fromEntries(KINDS.map((kind) => [kind, summed(film.snaps[edge][kind])]));
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
    this.pointers = new Map();
    this.#listen();
    new ResizeObserver(() => this.#size()).observe(canvas);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.draw());
    }
    this.#size();
    this.showAll();
  }

  // What is seen --------------------------------------------------------------------------------------------------

  get most() {
    return this.clock.count / this.width;
  }

  xOf(frame) {
    return (frame - this.first) / this.perPixel;
  }

  frameAt(x) {
    return this.first + x * this.perPixel;
  }

  showAll() {
    this.perPixel = this.most;
    this.first = 0;
    this.draw();
  }

  show(start, end) {
    const around = Math.max(1, end - start) * 0.25;
    this.perPixel = Math.min(this.most, Math.max(0.02, (end - start + 2 * around) / this.width));
    this.#pan(start - around);
  }

  zoom(factor, x = null) {
    const at = x ?? Math.min(this.width, Math.max(0, this.xOf(this.frame)));
    const frame = this.frameAt(at);
    this.perPixel = Math.min(this.most, Math.max(0.02, this.perPixel * factor));
    this.#pan(frame - at * this.perPixel);
  }

  goTo(frame) {
    this.frame = frame;
    const x = this.xOf(frame);
    if (x < 0 || x > this.width) this.#pan(frame - (this.width / 2) * this.perPixel);
    else this.draw();
  }

  #pan(first) {
    this.first = Math.min(Math.max(0, this.clock.count - this.width * this.perPixel), Math.max(0, first));
    this.draw();
  }

  #size() {
    const isWhole = this.perPixel >= this.most * 0.999;
    const ratio = devicePixelRatio || 1;
    this.width = Math.max(1, this.canvas.clientWidth);
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(HEIGHT * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (isWhole || this.perPixel > this.most) this.showAll();
    else this.#pan(this.first);
  }

  // Snapping ------------------------------------------------------------------------------------------------------

  snapped(frame, edge) {
    let best = null;
    for (const kind of KINDS) {
      const frames = this.snaps[edge][kind];
      const at = lastUpTo(frames, frame);
      for (const one of [frames[at], frames[at + 1]]) {
        if (one === undefined) continue;
        const far = Math.abs(one - frame);
        if (far <= SNAP_PX * this.perPixel && (best === null || far < best.far)) best = { frame: one, kind, far };
      }
    }
    return best;
  }

  // What is done --------------------------------------------------------------------------------------------------

  #listen() {
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => {
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        this.#pan(this.first + (event.deltaX || event.deltaY) * this.perPixel);
      } else if (event.deltaY) {
        event.preventDefault();
        this.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.004), event.offsetX);
      }
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#up(event, true));
  }

  #handleAt({ offsetX, offsetY, pointerType }) {
    const [top, bottom] = LANES.highlights;
    const near = NEAR_PX[pointerType] ?? 7;
    if (offsetY < top - near || offsetY > bottom + near) return null;
    let best = null;
    // Of two that touch, the chosen one's handle is taken.
    for (const one of this.highlights) {
      one.pieces.forEach(([start, end], piece) => {
        for (const [edge, frame] of [["in", start], ["out", end]]) {
          const far = Math.abs(this.xOf(frame) - offsetX) - (one.id === this.current ? 3 : 0);
          if (far <= near && (!best || far < best.far)) best = { id: one.id, piece, edge, frame, far };
        }
      });
    }
    return best;
  }

  #under({ offsetX, offsetY }) {
    const [top, bottom] = LANES.highlights;
    if (offsetY < top || offsetY > bottom) return null;
    const frame = this.frameAt(offsetX);
    return this.highlights.find((one) => one.pieces.some(([start, end]) => start <= frame && frame < end)) ?? null;
  }

  #down(event) {
    this.pointers.set(event.pointerId, event.offsetX);
    this.canvas.setPointerCapture(event.pointerId);
    if (this.pointers.size === 2) {
      this.drag = { pinch: true, perPixel: this.perPixel, ...this.#pinch() };
      return;
    }
    if (event.button !== 0 || this.pointers.size > 2) return;
    const handle = this.#handleAt(event);
    if (handle) {
      this.drag = { handle, at: handle.frame, snap: null, moved: false };
      this.hooks.onChoose(handle.id, false);
      return;
    }
    const one = this.#under(event);
    if (one) this.hooks.onChoose(one.id, false);
    this.drag = { seek: true };
    this.hooks.onSeek(this.clock.clamp(Math.floor(this.frameAt(event.offsetX))));
  }

  #pinch() {
    const [one, other] = [...this.pointers.values()];
    return { apart: Math.max(10, Math.abs(one - other)), middle: this.frameAt((one + other) / 2) };
  }

  #move(event) {
    if (!this.pointers.has(event.pointerId)) {
      const over = this.#handleAt(event);
      this.canvas.classList.toggle("over-handle", over !== null);
      return;
    }
    this.pointers.set(event.pointerId, event.offsetX);
    const { drag } = this;
    if (drag?.pinch && this.pointers.size === 2) {
      const [one, other] = [...this.pointers.values()];
      const apart = Math.max(10, Math.abs(one - other));
      this.perPixel = Math.min(this.most, Math.max(0.02, (drag.perPixel * drag.apart) / apart));
      this.#pan(drag.middle - ((one + other) / 2) * this.perPixel);
    } else if (drag?.seek) {
      this.hooks.onSeek(this.clock.clamp(Math.floor(this.frameAt(event.offsetX))));
    } else if (drag?.handle) {
      const { edge } = drag.handle;
      const frame = Math.min(this.clock.count, Math.max(0, Math.round(this.frameAt(event.offsetX))));
      drag.snap = event.altKey ? null : this.snapped(frame, edge);
      drag.at = drag.snap?.frame ?? frame;
      drag.moved ||= drag.at !== drag.handle.frame;
      this.hooks.onSeek(this.clock.clamp(edge === "in" ? drag.at : drag.at - 1));
      this.draw();
    }
  }

  #up(event, isCancelled = false) {
    this.pointers.delete(event.pointerId);
    const { drag } = this;
    this.drag = null;
    if (drag?.handle && drag.moved && !isCancelled) {
      const { id, piece, edge } = drag.handle;
      this.hooks.onTrim(id, piece, edge, drag.at);
    }
    this.draw();
  }

  // Drawing -------------------------------------------------------------------------------------------------------

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
