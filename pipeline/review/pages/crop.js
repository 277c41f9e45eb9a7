// Moves a platform's window on the picture: by dragging it, or with the arrow keys.
const REST_MS = 500;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WAYS = { Enter: "hold", Delete: "delete", Backspace: "delete" };

export class Crop {
  // `windowOf(platform)` is where its window stands now; `onMove(platform, way, left, top)` writes where it is to be.
  constructor({ frame, tools, told, video }, { windowOf, onMove, onEnd }) {
    Object.assign(this, { frame, tools, told, video, windowOf, onMove, onEnd });
    this.platform = null;
    this.moved = null;
    this.isUnwritten = false;
    frame.addEventListener("pointerdown", (event) => this.#down(event));
    frame.addEventListener("pointermove", (event) => this.#drag(event));
    frame.addEventListener("pointerup", () => this.#drop());
    frame.addEventListener("pointercancel", () => this.show());
    frame.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.refresh()).observe(video);
  }

  begin(platform, name) {
    this.platform = platform;
    this.told.textContent = `Crop for ${name}`;
    this.frame.setAttribute("aria-label", `Window of ${name}: drag it, or move it with the arrow keys`);
    this.tools.hidden = false;
    this.show();
    this.frame.focus();
  }

  end() {
    const had = this.platform !== null;
    this.platform = null;
    this.tools.hidden = this.frame.hidden = true;
    if (had) this.onEnd();
  }

  // Puts the frame where the window stands.
  show() {
    clearTimeout(this.later);
    this.from = this.moved = null;
    this.isUnwritten = false;
    this.window = this.platform === null ? null : this.windowOf(this.platform);
    this.frame.hidden = !this.window;
    if (this.window) this.#place(this.window);
  }

  // The same where the picture has another size or the clips were drawn anew: what was moved and is yet to be written stays.
  refresh() {
    if (this.isUnwritten) this.#place([...this.moved, ...this.window.slice(2)]);
    else if (!this.from) this.show();
  }

  write(way) {
    if (!this.window) return;
    const [left, top] = this.moved ?? this.window;
    clearTimeout(this.later);
    this.isUnwritten = false;
    this.onMove(this.platform, way, left, top);
  }

  // Of the picture within the video's box, which it need not fill.
  get #scale() {
    const { clientWidth, clientHeight, videoWidth, videoHeight } = this.video;
    const scale = Math.min(clientWidth / videoWidth, clientHeight / videoHeight);
    return { scale, x: (clientWidth - videoWidth * scale) / 2, y: (clientHeight - videoHeight * scale) / 2 };
  }

  #place([left, top, width, height]) {
    const { scale, x, y } = this.#scale;
    const { style } = this.frame;
    style.left = `${x + left * scale}px`;
    style.top = `${y + top * scale}px`;
    style.width = `${width * scale}px`;
    style.height = `${height * scale}px`;
  }

  #put(left, top) {
    const [, , width, height] = this.window;
    const within = (value, most) => Math.min(Math.max(0, most), Math.max(0, value));
    this.moved = [within(left, this.video.videoWidth - width), within(top, this.video.videoHeight - height)];
    this.isUnwritten = true;
    this.#place([...this.moved, width, height]);
  }

  #down(event) {
    this.frame.setPointerCapture(event.pointerId);
    this.from = [event.clientX, event.clientY, ...(this.moved ?? this.window)];
  }

  #drag(event) {
    if (!this.from) return;
    const [x, y, left, top] = this.from;
    const { scale } = this.#scale;
    this.#put(left + (event.clientX - x) / scale, top + (event.clientY - y) / scale);
  }

  #drop() {
    this.from = null;
    if (this.moved) this.write("keyframe");
  }

  #key(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      this.end();
    }
    const done = WAYS[event.key];
    if (done) {
      event.preventDefault();
      event.stopPropagation();
      this.write(done);
      return;
    }
    const way = ARROWS[event.key];
    if (!way || !this.window) return;
    event.preventDefault();
    event.stopPropagation();
    const [left, top] = this.moved ?? this.window;
    const by = event.shiftKey ? 10 : 1;
    this.#put(left + way[0] * by, top + way[1] * by);
    clearTimeout(this.later);
    this.later = setTimeout(() => this.write("keyframe"), REST_MS);
  }
}
