// <section data-live="…">: when the server says that something changed, asks for its rows anew.
// One question at a time, none while the page is hidden, and what is focused or selected stays.
const list = document.querySelector("[data-live]");
const lamp = document.getElementById("live");

function say(on) {
  lamp?.classList.toggle("on", on);
  if (lamp) lamp.textContent = on ? lamp.dataset.on : lamp.dataset.off;
}

if (lamp && !list) lamp.textContent = lamp.dataset.paused;

if (list) {
  let waiting = false; // a change that was not looked at yet
  let asking = false;

  // What people have opened stays open: the server does not know of it.
  let unfolded = [];
  list.addEventListener("htmx:before:swap", () => {
    unfolded = [...list.querySelectorAll("details[open][id]")].map((each) => each.id);
  });
  list.addEventListener("htmx:after:swap", () => {
    for (const id of unfolded) {
      const found = document.getElementById(id);
      if (found) found.open = true;
    }
  });

  const look = () => {
    if (!waiting || asking || document.hidden || !getSelection().isCollapsed) return;
    waiting = false;
    asking = true;
    list.dispatchEvent(new CustomEvent("changed"));
  };
  const changed = () => {
    waiting = true;
    look();
  };
  const answered = () => {
    asking = false;
    setTimeout(look, 400);
  };
  list.addEventListener("htmx:after:request", answered);
  list.addEventListener("htmx:error", answered);
  document.addEventListener("visibilitychange", look);
  document.addEventListener("selectionchange", () => setTimeout(look, 400));

  const stream = new EventSource(list.dataset.live);
  let opened = false;
  stream.addEventListener("ready", () => {
    say(true);
    if (opened) changed(); // whatever happened in between was missed
    opened = true;
  });
  stream.addEventListener("conversations", changed);
  let patience;
  stream.addEventListener("error", () => {
    clearTimeout(patience);
    patience = setTimeout(() => stream.readyState !== EventSource.OPEN && say(false), 4_000);
  });
  addEventListener("pagehide", () => stream.close());
}
