// Remembers in this browser who decides.
import { change, say } from "./ask.js";

const form = document.querySelector("#who");
const field = form.elements.who;
let known = field.value;

async function keep() {
  const who = field.value.trim();
  if (!who || who === known) {
    field.value = known;
    return;
  }
  const { status, told } = await change("/name", { who });
  if (status === 200) {
    known = field.value = told.who;
    say(`Verdicts are ${told.who}'s now.`);
  } else {
    field.value = known;
    say(`${told.told} ${told.remedy}`, "bad");
  }
}

field.addEventListener("change", keep);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  field.blur();
});
