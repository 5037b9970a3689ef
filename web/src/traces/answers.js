// Where people go on after a swap of the playground: at what is wrong, at the answer (which stands
// below the form on a narrow page and comes into sight), or at the field that was added.
function arrive() {
  if (!document.getElementById("playground")) return;
  const wrong = document.querySelector("#trying .note.bad, #trying [aria-invalid]");
  const answer = document.querySelector("#answer[data-answered]");
  if (wrong) return void wrong.focus();
  if (answer) {
    answer.focus({ preventScroll: true });
    if (answer.getBoundingClientRect().top > innerHeight * 0.8) answer.scrollIntoView();
  } else if (document.activeElement === document.body) {
    [...document.querySelectorAll("#json, #trying .given textarea")].at(-1)?.focus();
  }
}

document.addEventListener("htmx:after:swap", arrive);
