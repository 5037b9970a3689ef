// <dialog data-filled>: opens when htmx has filled it, and is empty again when it is closed.
document.addEventListener("htmx:after:swap", () => {
  for (const dialog of document.querySelectorAll("dialog[data-filled]:not([open])")) {
    if (!dialog.children.length) continue;
    dialog.showModal();
    dialog.addEventListener("close", () => dialog.replaceChildren(), { once: true });
  }
});
