// A long list of boxes: data-narrow="#choices" hides those without what is typed, and the number of
// those that are ticked stands beside it.
function narrow(field) {
  const wanted = field.value.trim().toLocaleLowerCase();
  for (const choice of document.querySelectorAll(`${field.dataset.narrow} > .choice`)) {
    choice.hidden = !choice.textContent.toLocaleLowerCase().includes(wanted);
  }
}

function count(words) {
  const ticked = document.querySelectorAll(`${words.dataset.chosen} :checked`).length;
  words.textContent = words.dataset.words.replace("%s", ticked);
}

function countAll() {
  for (const words of document.querySelectorAll("[data-chosen]")) count(words);
}

function ready() {
  for (const field of document.querySelectorAll("[data-narrow]")) field.hidden = false;
  countAll();
}

document.addEventListener("input", ({ target }) => target.matches("[data-narrow]") && narrow(target));
document.addEventListener("change", countAll);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-narrow]")) event.preventDefault();
});
document.addEventListener("DOMContentLoaded", ready);
document.addEventListener("page:shown", ready);
