// <time datetime="…"> in the viewer's zone and language; data-as="ago" counts on by itself, and so
// does "for": how long it lasts since then.
import { language } from "./language.js";

export { language };
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const whole = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const brief = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
const ago = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const lasts = (unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function relative(moment) {
  const seconds = Math.round((moment - Date.now()) / 1000);
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return ago.format(Math.trunc(seconds / size), unit);
}

const TOLD = { ago: relative, for: lasting, clock: clock.format };

function lasting(moment) {
  const seconds = Math.max(0, Math.round((Date.now() - moment) / 1000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  return lasts(unit).format(Math.trunc(seconds / size));
}

export function tell(element) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  element.title = `${whole.format(moment)} (${zone})`;
  const as = element.dataset.as;
  const text = (TOLD[as] ?? brief.format)(moment);
  if (element.textContent !== text) element.textContent = text;
}

export function tellAll(root = document) {
  for (const element of root.querySelectorAll("time[datetime]")) tell(element);
}

document.addEventListener("DOMContentLoaded", () => tellAll());
document.addEventListener("htmx:after:swap", () => tellAll());
setInterval(() => {
  for (const element of document.querySelectorAll('time:is([data-as="ago"], [data-as="for"])')) tell(element);
}, 10_000);
