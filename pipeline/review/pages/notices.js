// What an editor is told beside a room: work that was not saved, what others saved meanwhile, and what they had before.
import { make } from "./nodes.js";

const find = (id) => document.querySelector(`#${id}`);

function button(text, label, does) {
  const one = make("button", "", text);
  one.type = "button";
  one.setAttribute("aria-label", label);
  one.addEventListener("click", does);
  return one;
}

export class Notices {
  // `hooks`: range(pieces), onStep(asked), onSettle(draft, how), onGoOn()
  constructor(hooks) {
    this.hooks = hooks;
    find("go-on").addEventListener("click", () => {
      this.showConflict(null);
      hooks.onGoOn();
    });
  }

  // What was not saved, by whom and when: to go on with, or to leave.
  showDrafts(drafts) {
    find("drafts").hidden = !drafts.length;
    find("drafts-list").replaceChildren(...drafts.map((one) => {
      const whose = one.is_own ? `Your work of ${one.at}` : `Work of ${one.who} of ${one.at}`;
      const what = one.highlights.length ? `: ${one.highlights.join(", ")}` : "";
      const rejected = one.rejected > 0 ? `; ${one.rejected} rejected` : "";
      const fault = one.fault ? `, and nobody can go on with: ${one.fault}` : "";
      const item = make("li", "", `${whose} that was not saved${what}${rejected}${fault} `);
      if (!fault) item.append(button("Go on with it", `Go on with it: ${whose}`, () => this.hooks.onSettle(one, "go on")), " ");
      item.append(button("Leave it", `Leave it: ${whose}`, () => this.hooks.onSettle(one, "leave")));
      return item;
    }));
  }

  // Nothing hides what was told.
  showConflict(told) {
    find("conflict").hidden = told === null;
    if (told === null) return;
    find("conflict-told").textContent = `${told.told} ${told.remedy}`;
    find("theirs").replaceChildren(...told.theirs.map((one) => make("li", "", `They have ${one.what} ${one.from} – ${one.to}${one.note ? ` (${one.note})` : ""}`)));
    find("conflict-told").focus();
  }

  // What an editor had before they went on from what others saved, where it is otherwise now.
  showAside(aside) {
    find("aside").hidden = !aside.length;
    find("aside-list").replaceChildren(...aside.map((one) => {
      const crops = one.crops.length ? `cropped for ${one.crops.join(", ")} ` : "";
      const item = make("li", "", `${one.id}: ${this.hooks.range(one.pieces)} ${crops}`);
      if (one.place || one.pieces.length === 1) {
        const text = one.place ? "Put mine back" : "Add mine";
        item.append(button(text, `${text}, ${one.id}`, () => this.hooks.onStep({ do: "regain", highlight: one.id, place: one.place })));
      }
      return item;
    }));
  }
}
