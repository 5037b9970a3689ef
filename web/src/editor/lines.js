// A list that is too long for chips: one value a line, each of the kind that it was.
import { h } from "./dom.js";
import { number } from "./numbers.js";
import { _ } from "./words.js";

const isLine = (value) => typeof value === "string" && value !== "" && !/[\n\r]/.test(value);

// A line as a value: a number, or what JSON it is, or the text that stands there.
function valueIn(line) {
  const read = number(line);
  if (read !== line || /^-?\d+$/.test(line)) return read;
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

// In quotes only where a text would be taken for something else.
function lineOf(value) {
  const isPlain = isLine(value) && value.trim() === value && valueIn(value) === value;
  return isPlain ? value : JSON.stringify(value);
}

// `values`: what the list has; `changed(values)` is called with what it has then.
export function lines(values, key, changed) {
  const isTexts = values.every(isLine); // then a line is a text, whatever it looks like
  const [read, write] = isTexts ? [(line) => line, (value) => value] : [valueIn, lineOf];
  const counted = h("span", { class: "soft small" });
  const count = (all) => {
    counted.textContent = _("{count} values, one a line", { count: all.length });
  };
  count(values);
  return h("label", { class: "lines" }, counted, h("textarea", {
    rows: 6,
    class: "mono",
    spellcheck: "false",
    "data-key": key,
    value: values.map(write).join("\n"),
    oninput: (event) => {
      const all = event.target.value.split("\n").filter((line) => line.trim() !== "").map(read);
      count(all);
      changed(all);
    },
  }));
}
