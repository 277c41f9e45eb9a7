// Plays the package of this page.
import { say } from "./ask.js";
import { openPackage } from "./hlsplay.js";

const video = document.querySelector(".clip video");
const tell = (why) => say(`The package could not be played: ${why} matinee check tells what is wrong with it.`, "bad");

openPackage(video, video.dataset.playlist, tell).catch((error) => tell(error.message));
