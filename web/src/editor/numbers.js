// Numbers as people type them, where a browser can hold them exactly.
export const NUMBER = /^-?\d+(\.\d+)?$/;

// The number, or the text as it is where that is none.
export function number(text) {
  const typed = text.trim();
  if (!NUMBER.test(typed)) return text;
  const read = Number(typed);
  return typed.includes(".") || Number.isSafeInteger(read) ? read : text;
}
