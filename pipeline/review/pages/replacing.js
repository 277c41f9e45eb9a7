// The dialogs in which a highlight gives way to another: rejected with a note, or swapped for one that is offered.
import { look, say } from "./ask.js";
import { make } from "./nodes.js";

const find = (id) => document.querySelector(`#${id}`);
const rejecting = find("rejecting");
const offering = find("offering");

export class Replacing {
  // `hooks`: range(pieces), onSeek(frame), onStep(asked)
  constructor(address, hooks) {
    this.address = address;
    this.hooks = hooks;
    this.highlight = null;
    this.offers = [];
    find("not-rejecting").addEventListener("click", () => rejecting.close(""));
    rejecting.addEventListener("close", async () => {
      if (!rejecting.returnValue) return;
      const note = find("why").value;
      say("Looking for the next best …");
      await hooks.onStep({ do: "reject", highlight: this.highlight, note });
      find("why").value = "";
    });
    offering.addEventListener("close", () => {
      if (offering.returnValue === "") return;
      hooks.onStep({ do: "swap", highlight: this.highlight, pieces: this.offers[Number(offering.returnValue)] });
    });
  }

  reject(one) {
    this.highlight = one.id;
    find("rejecting-title").textContent = `Reject ${one.id}`;
    rejecting.returnValue = "";
    rejecting.showModal();
    find("why").focus();
  }

  async offer(one) {
    this.highlight = one.id;
    say("Looking for others …");
    this.offers = (await look(`${this.address}/offers?highlight=${one.id}`)) ?? [];
    if (!this.offers.length) {
      say(`Nothing else could stand in place of ${one.id}.`);
      return;
    }
    find("offers").replaceChildren(...this.offers.map((pieces, number) => {
      const item = make("li", "");
      const button = make("button", "", this.hooks.range(pieces));
      button.value = String(number);
      button.addEventListener("focus", () => this.hooks.onSeek(pieces[0][0]));
      item.append(button);
      return item;
    }));
    say("");
    offering.returnValue = "";
    offering.showModal();
  }
}
