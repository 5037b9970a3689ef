// Fields of date and time on the viewer's own clock: data-instant is what the server knows.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const two = (number) => String(number).padStart(2, "0");

export function local(instant) {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return "";
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function place() {
  for (const field of document.querySelectorAll("[data-instant]")) {
    if (field.dataset.instant) field.value = local(field.dataset.instant);
    delete field.dataset.instant;
  }
  for (const field of document.querySelectorAll("[data-zone]")) field.value = zone;
  for (const words of document.querySelectorAll("[data-zone-name]")) words.textContent = zone;
}

place();
document.addEventListener("htmx:after:swap", place);
