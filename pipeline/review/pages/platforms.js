// A highlight's clips as platforms show them, and whose window is moved: of one platform after the other.
import { change, say } from "./ask.js";
import { Crop } from "./crop.js";
import { Previews } from "./previews.js";

const find = (id) => document.querySelector(`#${id}`);
const REST_MS = 700;
const TOLD = { delete: () => "The keyframe is deleted.", hold: () => "The window stands there for all of the shot.", keyframe: (at) => `Keyframe at ${at}.` };

export class Platforms {
  // `hooks`: current(), player, told(frame), onMove(post), onEnd(), onNone()
  constructor(room, video, address, hooks) {
    Object.assign(this, { room, address, hooks });
    this.shape = null;
    this.isSoon = false;
    this.previews = new Previews(find("tiles"), find("previews-told"), video, address, {
      onCrop: (platform) => this.#begin(platform),
      onLaid: () => this.#laid(),
    });
    this.crop = new Crop({ frame: find("crop"), tools: find("crop-tools"), told: find("crop-told"), video }, {
      windowOf: (platform) => this.previews.windowsOf(platform)[0] ?? null,
      onMove: (...asked) => this.#move(...asked),
      onEnd: () => hooks.onEnd(),
    });
    find("show-previews").addEventListener("click", () => this.toggle());
    find("show-buttons").addEventListener("change", (event) => {
      this.previews.hasButtons = event.target.checked;
      this.previews.draw(hooks.player().frame);
    });
    find("crop-hold").addEventListener("click", () => this.crop.write("hold"));
    find("crop-delete").addEventListener("click", () => this.crop.write("delete"));
    find("crop-end").addEventListener("click", () => this.crop.end());
  }

  // Draws the clips anew where the highlight is another than was drawn: at once, or when its editor rests.
  show(highlight, { rests = false } = {}) {
    const shape = JSON.stringify(highlight);
    if (this.shape === shape) return;
    this.shape = shape;
    clearTimeout(this.later);
    const id = highlight?.id ?? null;
    if (rests) this.later = setTimeout(() => this.previews.show(id), REST_MS);
    else this.previews.show(id);
  }

  // Has the clips drawn anew when they are shown next.
  forget() {
    this.shape = undefined;
  }

  goTo(frame) {
    if (!this.previews.isOn || this.previews.frame === frame) return;
    this.previews.frame = frame;
    this.crop.show();
  }

  draw(frame) {
    this.previews.draw(frame);
  }

  toggle() {
    const { previews } = this;
    previews.isOn = !previews.isOn;
    find("show-previews").setAttribute("aria-pressed", String(previews.isOn));
    this.room.classList.toggle("with-previews", previews.isOn);
    this.isSoon = false;
    if (!previews.isOn) this.crop.end();
    previews.show(this.hooks.current());
  }

  next() {
    const { previews } = this;
    if (!previews.isOn) this.toggle();
    if (!previews.tiles.length) {
      this.isSoon = this.hooks.current() !== null;
      if (!this.isSoon) this.hooks.onNone();
      return;
    }
    const at = previews.tiles.findIndex((one) => one.platform === this.crop.platform);
    this.#begin(previews.tiles[(at + 1) % previews.tiles.length].platform);
  }

  #begin(platform) {
    const tile = this.previews.tiles.find((one) => one.platform === platform);
    if (!tile) return;
    this.hooks.player().pause();
    this.crop.begin(platform, tile.name);
    if (find("crop").hidden) say("Go to a frame of the highlight.");
  }

  #laid() {
    this.crop.refresh();
    if (!this.isSoon) return;
    this.isSoon = false;
    this.next();
  }

  #move(platform, way, left, top) {
    const [highlight, { frame }] = [this.hooks.current(), this.hooks.player()];
    return this.hooks.onMove(async (seen) => {
      const answer = await change(`${this.address}/crop`, { seen, highlight, platform, way, frame, left_px: left, top_px: top });
      if (answer.status !== 200) this.crop.show();
      return answer;
    }, () => TOLD[way](this.hooks.told(frame)));
  }
}
