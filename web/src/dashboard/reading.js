// What a chart shows is read from its table, so that both always say the same.
const page = document.documentElement.lang || "en";
const language = navigator.languages.find((each) => each.split("-")[0] === page) ?? page;
const HOUR = 3_600_000;
const counted = new Intl.NumberFormat(page, { maximumFractionDigits: 1 });
const times = {
  clock: new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }),
  day: new Intl.DateTimeFormat(language, { day: "numeric", month: "short" }),
  whole: new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }),
};

export function told(number, unit = "") {
  if (number === null || number === undefined) return "–";
  return unit ? `${counted.format(number)} ${unit}` : counted.format(number);
}

function value(cell) {
  const text = cell.dataset.value ?? "";
  return text === "" ? null : Number(text);
}

function link(cell) {
  return cell.querySelector("a")?.href ?? "";
}

function words(cell) {
  return cell.textContent.trim();
}

function headings(table) {
  return [...table.tHead.rows[0].cells].slice(1).map((cell) => ({
    words: cell.textContent.trim(),
    colour: cell.dataset.colour ?? "brand",
    unit: cell.dataset.unit ?? "",
  }));
}

function body(table) {
  return [...table.tBodies].flatMap((each) => [...each.rows]).map((row) => [...row.cells]);
}

// How the axis tells its times: by the clock where a step is less than a day, else by the day.
function style(moments) {
  const step = moments.length > 2 ? moments[2] - moments[1] : HOUR;
  return step < 20 * HOUR ? times.clock : times.day;
}

// What stands in the columns behind the first: [{words, colour, unit, values, links}].
function series(table, rows) {
  return headings(table).map((heading, at) => ({
    ...heading,
    values: rows.map((cells) => value(cells[at + 1])),
    links: rows.map((cells) => link(cells[at + 1])),
  }));
}

// A row a moment.
export function timeline(table) {
  const rows = body(table);
  const moments = rows.map((cells) => new Date(cells[0].querySelector("time").dateTime));
  const axis = style(moments);
  return {
    labels: moments.map((at) => axis.format(at)),
    wholes: moments.map((at) => times.whole.format(at)),
    links: rows.map((cells) => link(cells[0])),
    series: series(table, rows),
  };
}

// A row a column.
export function columns(table) {
  const rows = body(table);
  const labels = rows.map((cells) => words(cells[0]));
  const found = series(table, rows);
  return { labels, wholes: labels, links: found[0].links, series: found };
}

// A row a way: entry, policy, target, count. What stands in two columns are two nodes. Where a
// column has more nodes than ``most``, the rarest of it are one node that leads nowhere.
export function flow(table, { most, others }) {
  const ways = body(table).map((cells) => ({
    number: value(cells[3]) ?? 0,
    into: cells[3].dataset.into ?? "",
    out: cells[3].dataset.out ?? "",
    ends: cells.slice(0, 3).map((cell, depth) => ({
      key: `${depth}:${cell.dataset.key ?? words(cell)}`,
      words: words(cell),
      href: link(cell),
      colour: cell.dataset.colour ?? "",
      depth,
    })),
  }));
  for (const depth of [0, 1, 2]) fold(ways, depth, most, others);
  const nodes = new Map();
  const links = new Map();
  const add = (found, key, made, number) => {
    const there = found.get(key) ?? { ...made, value: 0 };
    there.value += number;
    found.set(key, there);
  };
  for (const { ends, number, into, out } of ways) {
    for (const end of ends) add(nodes, end.key, end, number);
    for (const [from, to, led] of [[ends[0], ends[1], into], [ends[1], ends[2], out]]) {
      const href = from.href && to.href ? led : "";
      add(links, `${from.key} ${to.key}`, { source: from.key, target: to.key, href }, number);
    }
  }
  return { nodes: [...nodes.values()], links: [...links.values()] };
}

function fold(ways, depth, most, others) {
  const numbers = new Map();
  for (const { ends, number } of ways) {
    const { key } = ends[depth];
    numbers.set(key, (numbers.get(key) ?? 0) + number);
  }
  if (numbers.size <= most) return;
  const ordered = [...numbers].sort(([, one], [, other]) => other - one).map(([key]) => key);
  const kept = new Set(ordered.slice(0, Math.max(1, most - 1)));
  for (const way of ways) {
    if (kept.has(way.ends[depth].key)) continue;
    way.ends[depth] = { key: `${depth}:…`, words: others, href: "", colour: "ink-soft", depth };
  }
}
