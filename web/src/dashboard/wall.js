// The wall screen: full screen on a click, and a new page once a day, so that one that hangs for
// months has the scripts and words of the server that answers it.
import { reachable } from "../parts/connection.js";

const DAY = 24 * 60 * 60 * 1_000;
const HOUR = 60 * 60 * 1_000;

async function renew() {
  if (await reachable()) location.reload();
  else setTimeout(renew, HOUR);
}

if (document.querySelector("[data-wall]")) setTimeout(renew, DAY);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-full-screen]")) return;
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.();
});
