// <details class="menu">: one open at a time, closed by Escape, by a click or the focus elsewhere;
// it opens upwards where there is more room.
function close(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  const menu = event.target.closest("details.menu");
  close(event.target.closest("summary") ? menu : null);
});

document.addEventListener("focusin", (event) => close(event.target.closest("details.menu")));

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.open || !menu.matches?.("details.menu")) return;
  menu.classList.remove("up");
  const list = menu.querySelector(":scope > div");
  const { bottom, height } = list.getBoundingClientRect();
  const above = menu.getBoundingClientRect().top - (parseFloat(getComputedStyle(document.documentElement).scrollPaddingBlockStart) || 0);
  menu.classList.toggle("up", bottom > innerHeight && above > height);
  list.scrollIntoView({ block: "nearest" });
}, true);

document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const items = [...menu.querySelectorAll("div :is(a, button:not(:disabled))")];
    const at = items.indexOf(document.activeElement);
    const next = event.key === "ArrowDown" ? at + 1 : at < 0 ? items.length - 1 : at - 1;
    items[(next + items.length) % items.length]?.focus();
    event.preventDefault();
  }
});
