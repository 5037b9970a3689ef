// Times as an expression: a week to paint, or dates from a calendar.
import { h } from "./dom.js";
import { _ } from "./words.js";

const DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const SAID = [_("MON"), _("TUE"), _("WED"), _("THU"), _("FRI"), _("SAT"), _("SUN")];
const HOURS = Array.from({ length: 24 }, (_hour, index) => index);
const text = (words) => `'${words.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
const two = (number) => String(number).padStart(2, "0");

// Stretches of hours of one day: [[8, 12], [13, 17]], ends not included.
function stretches(open) {
  const found = [];
  for (const hour of HOURS) {
    if (!open[hour]) continue;
    if (found.length && found.at(-1)[1] === hour) found.at(-1)[1] = hour + 1;
    else found.push([hour, hour + 1]);
  }
  return found;
}

// The expression of a painted week: days with the same stretch are told together.
export function weekly(week, zone) {
  const days = new Map();
  for (const [index, open] of week.entries()) {
    for (const [start, end] of stretches(open)) {
      const key = `${text(`${two(start)}:00:00`)}, ${text(`${two(end - 1)}:59:59`)}`;
      days.set(key, [...(days.get(key) ?? []), DAYS[index]]);
    }
  }
  const ranges = [...days].map(([span, on]) => {
    const only = on.length === DAYS.length ? "" : `, [${on.map(text).join(", ")}]`;
    return `isTimeRange(${span}, ${text(zone)}${only})`;
  });
  return ranges.length > 1 ? `(${ranges.join(" or ")})` : (ranges[0] ?? "");
}

function american(date) {
  const [year, month, day] = date.split("-");
  return `${month}/${day}/${year}`;
}

function grid(week, told) {
  const cells = week.map((open, day) =>
    HOURS.map((hour) =>
      h("button", {
        type: "button",
        class: "hour",
        "aria-pressed": String(open[hour]),
        "aria-label": `${SAID[day]} ${two(hour)}:00`,
        title: `${SAID[day]} ${two(hour)}:00–${two(hour)}:59`,
        tabindex: day === 0 && hour === 9 ? "0" : "-1",
        "data-day": day,
        "data-hour": hour,
      }),
    ),
  );
  const paint = (cell, on) => {
    week[cell.dataset.day][cell.dataset.hour] = on;
    cell.setAttribute("aria-pressed", String(on));
    told();
  };
  let painting = null;
  const element = h(
    "div",
    {
      class: "week",
      role: "group",
      "aria-label": _("Hours of the week; arrows move, space switches an hour"),
      onpointerdown: (event) => {
        const cell = event.target.closest(".hour");
        if (!cell) return;
        cell.releasePointerCapture?.(event.pointerId);
        painting = cell.getAttribute("aria-pressed") !== "true";
        paint(cell, painting);
      },
      onpointerover: (event) => {
        const cell = event.target.closest(".hour");
        if (cell && painting !== null && event.buttons) paint(cell, painting);
      },
      onkeydown: (event) => {
        const cell = event.target.closest(".hour");
        const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
        if (step) {
          const next = cells[Number(cell.dataset.day) + step[0]]?.[Number(cell.dataset.hour) + step[1]];
          if (next) {
            cell.tabIndex = -1;
            next.tabIndex = 0;
            next.focus();
          }
        } else if (event.key === " " || event.key === "Enter") paint(cell, cell.getAttribute("aria-pressed") !== "true");
        else return;
        event.preventDefault();
      },
    },
    h("span", { class: "day-name" }),
    HOURS.map((hour) => h("span", { class: "soft hour-name", "aria-hidden": "true" }, hour % 3 ? "" : hour)),
    cells.map((row, day) => [h("span", { class: "small day-name" }, SAID[day]), row]),
  );
  const stop = () => {
    painting = null;
  };
  window.addEventListener("pointerup", stop);
  const show = () => cells.flat().forEach((cell) => cell.setAttribute("aria-pressed", String(week[cell.dataset.day][cell.dataset.hour])));
  return { element, show, close: () => window.removeEventListener("pointerup", stop) };
}

let dismissed = null; // what was painted when somebody pressed Escape

// Ask for times; answers an expression, or nothing. Escape puts it aside, Cancel ends it.
export function askTimes(schedules) {
  const asked = dismissed ?? timesDialog(schedules);
  const { dialog, written, close } = asked;
  dismissed = null;
  dialog.returnValue = "";
  return new Promise((resolve) => {
    const closed = () => {
      dialog.remove();
      if (dialog.returnValue) close();
      else dismissed = asked;
      resolve(dialog.returnValue === "insert" ? written() : null);
    };
    dialog.addEventListener("close", closed, { once: true });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('.hour[aria-pressed="true"]')?.scrollIntoView({ block: "nearest", inline: "center" }); // the day begins out of sight on phones
  });
}

function timesDialog(schedules) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const week = DAYS.map((_day, index) => HOURS.map((hour) => index < 5 && hour >= 9 && hour < 17));
  const preview = h("pre", { tabindex: "0" }, h("code", {}));
  let made = "";
  const zones = h("datalist", { id: "editor-zones" }, Intl.supportedValuesOf("timeZone").map((zone) => h("option", { value: zone })));
  const zone = h("input", { id: "editor-zone", list: "editor-zones", value: own, spellcheck: "false", oninput: () => told() });
  const first = h("input", { id: "editor-first", type: "date", oninput: () => told() });
  const last = h("input", { id: "editor-last", type: "date", oninput: () => told() });
  const schedule = h("select", { id: "editor-schedule", onchange: () => told() }, schedules.map((name) => h("option", { value: name }, name)));
  const outside = h("input", { type: "checkbox", onchange: () => told() });
  const painted = grid(week, () => told());
  const kinds = [["week", _("Hours of the week")], ["dates", _("Dates")], ...(schedules.length ? [["schedule", _("A schedule")]] : [])];
  const radios = kinds.map(([value, words], index) => h("label", { class: "choice" }, h("input", { type: "radio", name: "editor-kind", value, checked: index === 0, onchange: () => told() }), h("span", {}, words)));
  const preset = (words, open) => h("button", { type: "button", class: "quiet small", onclick: () => {
    week.forEach((row, day) => row.forEach((_hour, hour) => (row[hour] = open(day, hour))));
    painted.show();
    told();
  } }, words);
  const parts = {
    week: h("div", { class: "stack" }, h("div", { class: "bar" }, preset(_("Mon–Fri 9–17"), (day, hour) => day < 5 && hour >= 9 && hour < 17), preset(_("Every day 8–20"), (_day, hour) => hour >= 8 && hour < 20), preset(_("Weekend"), (day) => day > 4), preset(_("Clear"), () => false)), h("div", { class: "scroll" }, painted.element)),
    dates: h("div", { class: "columns" }, h("div", { class: "field" }, h("label", { for: "editor-first" }, _("First day")), first), h("div", { class: "field" }, h("label", { for: "editor-last" }, _("Last day")), last)),
    schedule: h("div", { class: "field" }, h("label", { for: "editor-schedule" }, _("Schedule")), schedule),
  };
  const zoneField = h("div", { class: "field" }, h("label", { for: "editor-zone" }, _("Time zone")), zone, zones);
  const insert = h("button", { type: "submit", class: "primary", value: "insert" }, _("Insert"));
  const dialog = h(
    "dialog",
    { class: "times", "aria-labelledby": "editor-times" },
    h(
      "form",
      { method: "dialog", class: "stack" },
      h("h2", { id: "editor-times" }, _("Opening hours or dates")),
      h("div", { class: "bar", role: "radiogroup", "aria-labelledby": "editor-times" }, radios),
      Object.values(parts),
      zoneField,
      h("label", { class: "choice" }, outside, h("span", {}, _("Outside of these times"))),
      preview,
      h("div", { class: "actions" }, insert, h("button", { type: "button", class: "quiet", onclick: () => dialog.close("cancel") }, _("Cancel"))),
    ),
  );

  function told() {
    const kind = dialog.querySelector('[name="editor-kind"]:checked').value;
    for (const [name, part] of Object.entries(parts)) part.hidden = name !== kind;
    zoneField.hidden = kind === "schedule";
    if (kind === "week") made = weekly(week, zone.value.trim());
    else if (kind === "schedule") made = `isOpen(${text(schedule.value)})`;
    else made = first.value && last.value ? `isDateRange('${american(first.value)}', '${american(last.value)}', ${text(zone.value.trim())})` : "";
    if (made && outside.checked) made = `not ${made}`;
    preview.firstChild.textContent = made || _("Nothing is chosen yet.");
    insert.disabled = !made;
  }

  told();
  return { dialog, written: () => made, close: painted.close };
}

// Join a time to what an expression says already.
export function joined(expression, time) {
  const before = expression.trim();
  if (!before) return time;
  return `${/\bor\b/.test(before) ? `(${before})` : before}\nand ${time}`;
}
