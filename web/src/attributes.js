// Forms of attributes and functions: lines counted, only the fields of the chosen kind, more rows.
function count() {
  const lines = document.querySelector("[data-lines]");
  if (!lines) return;
  const kind = document.querySelector('[name="kind"]:checked')?.value ?? "";
  const values = kind.endsWith("s")
    ? document.getElementById("value").value.split("\n").map((each) => each.trim()).filter(Boolean)
    : [];
  const twice = values.length - new Set(values).size;
  const number = (text, many) => text.replace("%", many.toLocaleString());
  const words = values.length === 1 ? lines.dataset.one : number(lines.dataset.many, values.length);
  lines.textContent = values.length ? words + (twice ? ` · ${number(lines.dataset.twice, twice)}` : "") : "";
}

function chosen() {
  const kind = document.querySelector('[data-kinds] [name="kind"]:checked')?.value;
  for (const group of document.querySelectorAll("[data-kind]")) group.hidden = group.dataset.kind !== kind;
  const fallback = document.querySelector("[data-default]");
  if (fallback) fallback.hidden = document.getElementById("on_failure").value !== "default";
}

function ready() {
  for (const add of document.querySelectorAll("[data-add-pair]")) add.hidden = false;
  count();
  chosen();
}

function addRow() {
  const pairs = document.querySelector("[data-pairs]");
  const row = pairs.lastElementChild.cloneNode(true);
  for (const input of row.querySelectorAll("input")) {
    input.value = "";
    input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+/, pairs.children.length + 1));
  }
  pairs.append(row);
  row.querySelector("input").focus();
}

document.addEventListener("input", count);
document.addEventListener("change", () => {
  count();
  chosen();
});
document.addEventListener("click", (event) => event.target.closest("[data-add-pair]") && addRow());
document.addEventListener("page:shown", ready); // the form has come back with what is wrong with it
ready();
