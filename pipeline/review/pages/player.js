// Plays a proxy, and shows any of its frames exactly.
const SPEEDS = [1, 2, 4];

export class Player {
  // `onFrame` is told which frame is shown or asked for, `onPicture` when another picture is on the screen.
  constructor(video, clock, { onFrame, onPicture, onState }) {
    Object.assign(this, { video, clock, onFrame, onPicture, onState });
    this.frame = 0;
    this.asked = null;
    this.back = null;
    this.pieces = [];
    video.addEventListener("seeked", () => this.#sought());
    video.addEventListener("ended", () => this.#ended());
    for (const name of ["play", "pause", "ended", "ratechange"]) video.addEventListener(name, () => onState());
    if ("requestVideoFrameCallback" in video) {
      const look = (_, { mediaTime }) => {
        this.#shown(mediaTime);
        video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    } else {
      const look = () => {
        if (!video.paused) this.#shown(video.currentTime);
        requestAnimationFrame(look);
      };
      video.addEventListener("seeked", () => onPicture());
      requestAnimationFrame(look);
    }
  }

  get isPlaying() {
    return !this.video.paused || this.back !== null;
  }

  seek(frame) {
    this.frame = this.clock.clamp(frame);
    this.onFrame(this.frame);
    if (this.asked === null) this.#ask();
  }

  step(by) {
    this.#stop();
    this.seek(this.frame + by);
  }

  // Stops on the frame that was told last: browsers may have played on from there.
  pause() {
    if (this.#stop()) this.seek(this.frame);
  }

  // Returns whether it played.
  #stop() {
    const { paused } = this.video;
    clearInterval(this.back);
    this.back = null;
    this.pieces = [];
    if (!paused) this.video.pause();
    this.onState();
    return !paused;
  }

  // Plays on; faster each time that it is asked while it plays.
  forward() {
    const at = SPEEDS.indexOf(this.video.playbackRate);
    const speed = this.video.paused ? 1 : (SPEEDS[at + 1] ?? SPEEDS.at(-1));
    clearInterval(this.back);
    this.back = null;
    this.#play(speed);
  }

  // Browsers play nothing backwards: frames are shown one before the other.
  backward() {
    this.#stop();
    let last = performance.now();
    let left = 0;
    this.back = setInterval(() => {
      const now = performance.now();
      left += ((now - last) / 1000) * this.clock.fps;
      last = now;
      const frames = Math.floor(left);
      if (frames < 1 || this.asked !== null) return;
      left -= frames;
      this.seek(this.frame - frames);
      if (this.frame === 0) this.pause();
    }, 30);
    this.onState();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.#play(1);
  }

  // Plays some stretches of the film one after the other.
  playPieces(pieces) {
    this.#stop();
    this.seek(pieces[0][0]);
    this.pieces = pieces.map(([start, end]) => [start, end]);
    this.#play(1);
  }

  #play(speed) {
    this.video.playbackRate = speed;
    this.video.play().catch(() => this.onState());
  }

  #ask() {
    this.asked = this.frame;
    // The middle of its time: its very beginning may be rounded to the frame before.
    this.video.currentTime = (this.clock.timeOf(this.frame) + this.clock.timeOf(this.frame + 1)) / 2;
  }

  #sought() {
    const asked = this.asked;
    this.asked = null;
    if (this.video.paused && asked !== null && asked !== this.frame) this.#ask();
    else if (this.video.paused) this.onPicture();
  }

  #shown(time) {
    if (!this.video.paused && this.asked === null) {
      this.frame = this.clock.frameAt(time);
      this.#keepTo();
      this.onFrame(this.frame);
    }
    this.onPicture();
  }

  #keepTo() {
    if (!this.pieces.length || this.frame < this.pieces[0][1] - 1) return;
    const [[, end], ...others] = this.pieces;
    if (others.length) {
      this.pieces = others;
      this.seek(others[0][0]);
    } else {
      this.#stop();
      this.seek(end - 1);
    }
  }

  // Of the last frames a browser may tell nothing.
  #ended() {
    const [, ...others] = this.pieces;
    if (others.length) {
      this.playPieces(others);
    } else {
      this.#stop();
      this.seek(this.clock.count - 1);
    }
  }
}
