// <button data-copy="#id"> copies the text of an element, or data-copy-text itself.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (!button) return;
  const text =
    button.dataset.copyText ?? document.querySelector(button.dataset.copy)?.textContent ?? "";
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text.trim());
    button.textContent = button.dataset.copied || "Copied";
  } catch {
    const shown = button.dataset.copy && document.querySelector(button.dataset.copy);
    if (shown) getSelection().selectAllChildren(shown); // no clipboard on plain HTTP: select it
  }
  setTimeout(() => (button.textContent = before), 2_000);
});
