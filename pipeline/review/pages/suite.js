// A highlight goes to an editing program as a file, and comes back as one: shown as a diff by frames, taken or left.
import { change, upload } from "./ask.js";
import { make } from "./nodes.js";

const MOST_BYTES = 5 * 1024 * 1024;
const KINDS = { otio: "OpenTimelineIO", edl: "EDL (CMX 3600)", fcpxml: "FCPXML" };
const find = (id) => document.querySelector(`#suite-${id}`);

export class Suite {
  // `hooks`: state(), onTaken(answer)
  constructor(dialog, address, hooks) {
    this.dialog = dialog;
    this.address = address;
    this.hooks = hooks;
    this.found = null;
    find("file").addEventListener("change", () => this.#send());
    find("accept").addEventListener("click", () => this.#accept());
    find("leave").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#clear());
  }

  open(highlight) {
    this.highlight = highlight;
    this.#clear();
    find("title").textContent = `${highlight} in your editing program`;
    find("unsaved").hidden = this.hooks.state().is_saved;
    find("files").replaceChildren(...Object.entries(KINDS).map(([suffix, name]) => {
      const item = make("li", "");
      const link = make("a", "button", name);
      link.href = `${this.address}/sent/${highlight}/${suffix}`;
      link.download = "";
      item.append(link);
      return item;
    }));
    this.dialog.showModal();
  }

  #clear() {
    this.found = null;
    find("file").value = "";
    find("told").textContent = "";
    find("diff").hidden = true;
    find("accept").hidden = true;
    find("leave").textContent = "Close";
  }

  async #send() {
    const [file] = find("file").files;
    if (!file) return;
    const kind = file.name.toLowerCase().split(".").pop();
    this.#clearDiff();
    if (!["otio", "fcpxml"].includes(kind)) return this.#tell("Choose a .otio or .fcpxml file; an EDL cannot say which film it shows.");
    if (file.size > MOST_BYTES) return this.#tell("The file is larger than 5 MB. Export the highlight alone.");
    this.#tell("Reading …");
    const { status, told } = await upload(`${this.address}/returned?highlight=${this.highlight}&kind=${kind}&seen=${this.hooks.state().number}`, file);
    if (status !== 200) return this.#tell(`${told.told} ${told.remedy}`.trim());
    this.found = told;
    this.#show();
  }

  #clearDiff() {
    this.found = null;
    find("diff").hidden = true;
    find("accept").hidden = true;
  }

  #tell(text) {
    find("told").textContent = text;
  }

  #show() {
    const { is_same: isSame, frames, seconds, changed, new_frames: fresh, again_s: again, rows, notes, left_out: more } = this.found;
    if (isSame) {
      this.#tell("No change: it is frame for frame as it is saved.");
      return;
    }
    const by = frames[1] - frames[0];
    const length = by ? `${Math.abs(by)} frames ${by > 0 ? "longer" : "shorter"}` : "as long as before";
    const made = fresh ? `${fresh} frames are new to it` : "nothing is new to it";
    this.#tell([
      `${changed} ${changed === 1 ? "part is" : "parts are"} otherwise; ${seconds[0].toFixed(2)} s → ${seconds[1].toFixed(2)} s, ${length}; ${made}.`,
      `Its clips are rendered again, ${again.toFixed(2)} s for each platform; those of other highlights stay.`,
      ...notes,
    ].join(" "));
    find("rows").replaceChildren(...rows.map((one) => {
      const row = make("tr", one.told === "same" ? "past" : one.kind);
      const what = make("th", "", one.what);
      what.scope = "row";
      row.append(what, make("td", "", this.#place(one.before)), make("td", "", this.#place(one.after)), make("td", "change", one.told));
      return row;
    }));
    find("more").textContent = more ? `and ${more} more` : "";
    find("diff").hidden = false;
    find("accept").hidden = false;
    find("leave").textContent = "Leave it";
    find("accept").focus();
  }

  #place(one) {
    return one ? `${one.told ? `${one.told}, ` : ""}${one.frames} frames` : "–";
  }

  async #accept() {
    if (!this.found) return;
    find("accept").disabled = true;
    const asked = { seen: this.hooks.state().number, highlight: this.highlight, token: this.found.token };
    const { status, told } = await change(`${this.address}/returned/accept`, asked);
    find("accept").disabled = false;
    if (status !== 200) return this.#tell(`${told.told} ${told.remedy}`.trim());
    if (told.is_on_bench) {
      this.dialog.close();
    } else {
      this.#clearDiff();
      find("leave").textContent = "Close";
      find("told").replaceChildren(`${told.told} Run `, make("code", "", told.command), " to cut it.");
    }
    this.hooks.onTaken(told);
  }
}
