// The tokens of the stylesheet as a canvas needs them: resolved where the chart stands.
const SERIES = ["brand", "good", "warn", "bad", "ink-soft"];
const OTHERS = ["ink", "ink-soft", "line", "paper", "raised"];

export function look(host, probe) {
  const found = {};
  for (const token of new Set([...SERIES, ...OTHERS])) {
    probe.style.color = `var(--${token})`;
    found[token] = getComputedStyle(probe).color;
  }
  const { fontFamily, fontSize } = getComputedStyle(host);
  return { ...found, fontFamily, fontSize: parseFloat(fontSize) };
}
