// A film's timeline at any zoom, and what is clicked and dragged on it.
import { lastUpTo, summed } from "./clock.js";
import { HEIGHT, LANES, TimelineDrawing } from "./timelinedrawing.js";

const SNAP_PX = 8;
const NEAR_PX = { mouse: 7, pen: 12, touch: 22 };
const KINDS = ["shot", "word", "beat"];

export class Timeline extends TimelineDrawing {
  // `hooks`: onSeek(frame), onChoose(id), onTrim(id, piece, edge, frame)
  constructor(element, canvas, shown, hooks) {
    super(element, canvas, shown);
    this.hooks = hooks;
    this.snaps = {};
    for (const edge of ["in", "out"]) {
      this.snaps[edge] = Object.fromEntries(KINDS.map((kind) => [kind, summed(this.film.snaps[edge][kind])]));
    }
    this.pointers = new Map();
    this.#listen();
    new ResizeObserver(() => this.#size()).observe(canvas);
    this.#size();
    this.showAll();
  }

  // What is seen --------------------------------------------------------------------------------------------------

  get most() {
    return this.clock.count / this.width;
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
    // One finger up and down scrolls the page, unless it holds a handle; two zoom here, whichever way they go.
    canvas.addEventListener("touchstart", (event) => {
      if (event.touches.length > 1 || this.drag?.handle) event.preventDefault();
    }, { passive: false });
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
}
