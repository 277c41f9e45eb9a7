// Films that a block's file does not name, to be looked at and put beside the order.
import { look } from "./ask.js";
import { made } from "./nodes.js";

const find = (id) => document.querySelector(`#${id}`);

export class Others {
  constructor(address, isOpen, onAdd) {
    Object.assign(this, { address, isOpen, onAdd });
    find("more").addEventListener("toggle", () => this.show());
    find("more-search").addEventListener("input", () => this.#filter());
  }

  async show() {
    if (!find("more").open || !this.isOpen()) return;
    const found = await look(`${this.address}/others`);
    if (found === null) return;
    const rows = found.films.map(({ id, name }) => {
      const button = made("button", { type: "button", text: "Look at it", "aria-label": `Look at ${name}` });
      button.addEventListener("click", () => this.onAdd(id, name));
      return made("li", { "data-name": name }, made("span", { text: name }), button);
    });
    find("more-list").replaceChildren(...(rows.length ? rows : [made("li", { className: "faint", text: "No other film lies beside these, or among the films." })]));
    this.#filter();
  }

  #filter() {
    const words = find("more-search").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of find("more-list").querySelectorAll("[data-name]")) {
      row.hidden = !words.every((word) => row.dataset.name.toLowerCase().includes(word));
    }
  }
}
