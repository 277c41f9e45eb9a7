// Saves the order of a block in its file or a copy, and settles with its editor what others wrote there meanwhile.
import { change, say } from "./ask.js";
import { made } from "./nodes.js";

const find = (id) => document.querySelector(`#${id}`);
const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N} ._-]*$/u;

export class Saving {
  // `hooks`: order(), seen(), onSaved(order, seen), onLeave()
  constructor(address, file, hooks) {
    Object.assign(this, { address, file, hooks });
    find("save-file").addEventListener("click", () => this.#save(null));
    find("save-copy").addEventListener("click", () => this.#copy());
    find("copy").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      find("save-copy").click();
    });
    find("take-theirs").addEventListener("click", () => {
      hooks.onLeave();
      location.reload();
    });
    find("not-now").addEventListener("click", () => (find("conflict").hidden = true));
  }

  ask(broken, isGiven) {
    if (find("saving").open) return;
    find("saving-broken").hidden = !broken.length;
    find("saving-broken").querySelector("ul").replaceChildren(...broken.map((text) => made("li", { text })));
    find("saving-told").textContent = isGiven
      ? "The file keeps its comments and all else that it says."
      : "The file chooses its films so far. Saved in it, this order is given, and its folders and patterns give way to the films; a copy leaves it as it is.";
    if (!find("copy").value) find("copy").value = `${this.file.replace(/\.toml$/, "")}-given`;
    find("refused").textContent = "";
    find("saving").showModal();
    (isGiven ? find("save-file") : find("save-copy")).focus();
  }

  #copy() {
    const name = find("copy").value.trim().replace(/\.toml$/, "");
    const isName = NAME.test(name);
    find("refused").textContent = isName ? "" : "A name has letters, digits, spaces, hyphens and full stops, and begins with a letter or digit.";
    if (isName) this.#save(name);
    else find("copy").focus();
  }

  async #save(name, seen = this.hooks.seen()) {
    const order = this.hooks.order();
    const { status, told: answer } = await change(`${this.address}/save`, { films: order, seen, ...(name === null ? {} : { name }) });
    if (status === 200) {
      find("saving").close();
      find("conflict").hidden = true;
      if (name === null) {
        this.hooks.onSaved(order, answer.seen);
        say(answer.told);
      } else {
        sessionStorage.setItem("matinee-said", answer.told);
        this.hooks.onLeave();
        location.assign(`/blocks/${answer.id}`);
      }
    } else if (status === 409 && name === null && answer.diff) {
      find("saving").close();
      this.#conflict(answer);
    } else {
      const words = `${answer.told ?? ""} ${answer.remedy ?? ""}`.trim();
      find("refused").textContent = words;
      if (!find("saving").open) say(words, "bad");
    }
  }

  #conflict(answer) {
    find("conflict").hidden = false;
    find("conflict-told").textContent = answer.seen ? answer.told : `${answer.told} What is there now is no block file.`;
    const names = { "+": "added", "-": "removed", "@": "place" };
    find("conflict-diff").replaceChildren(...answer.diff.map((line, place) =>
      made("span", { className: place < 2 ? "place" : (names[line[0]] ?? ""), text: line })));
    find("keep-mine").disabled = !answer.seen;
    find("keep-mine").onclick = () => this.#save(null, answer.seen);
    find("conflict").scrollIntoView({ block: "nearest" });
    find("conflict-told").focus();
  }
}
