// What ECharts is told for each kind of chart. Tooltips are drawn, for pages allow no inline style.
import { told } from "./reading.js";

const NARROW = 560;

function tooltip(seen, more) {
  return {
    confine: true,
    renderMode: "richText",
    backgroundColor: seen.raised,
    borderColor: seen.line,
    textStyle: { color: seen.ink, fontFamily: seen.fontFamily, fontSize: seen.fontSize * 0.93 },
    ...more,
  };
}

function plain(words) {
  return words.replace(/[{}|]/g, " "); // signs that rich text takes for its own
}

function axis(seen) {
  return {
    axisLabel: { color: seen["ink-soft"], fontSize: seen.fontSize * 0.87, hideOverlap: true },
    axisLine: { lineStyle: { color: seen.line } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: seen.line, opacity: 0.7 } },
  };
}

// How many labels are left out between two: said, for what ECharts finds out by itself changes
// once it has made room for the last of them, which then is cut off.
function spared(labels, letter, width) {
  const longest = Math.max(0, ...labels.map((each) => each.length)) + 2;
  return Math.ceil((labels.length * longest * letter) / width) - 1;
}

function timeline(found, seen, series, { width }) {
  const tall = seen.fontSize;
  const label = axis(seen).axisLabel;
  return {
    textStyle: { fontFamily: seen.fontFamily },
    grid: { top: tall, right: tall, bottom: 0, left: 0, outerBoundsMode: "same" },
    tooltip: tooltip(seen, {
      trigger: "axis",
      axisPointer: { type: "shadow", shadowStyle: { color: seen.line, opacity: 0.35 } },
      formatter: ([{ dataIndex }]) =>
        [
          found.wholes[dataIndex],
          ...found.series.map(
            (each) => `${plain(each.words)}: ${told(each.values[dataIndex], each.unit)}`,
          ),
        ].join("\n"),
    }),
    xAxis: {
      ...axis(seen),
      type: "category",
      data: found.labels,
      splitLine: { show: false },
      axisLabel: { ...label, interval: spared(found.labels, label.fontSize * 0.6, width) },
    },
    yAxis: {
      ...axis(seen),
      type: "value",
      minInterval: found.series.some((each) => each.unit) ? 0 : 1,
      splitNumber: 4,
      axisLine: { show: false },
      axisLabel: { ...label, formatter: (at) => told(at, found.series[0]?.unit) },
    },
    series,
  };
}

export function bars(found, seen, size) {
  const series = found.series.map((each) => ({
    type: "bar",
    name: each.words,
    stack: "all",
    data: each.values,
    itemStyle: { color: seen[each.colour] },
    barMaxWidth: seen.fontSize * 2.4,
    barCategoryGap: "18%",
    cursor: "pointer",
  }));
  return timeline(found, seen, series, size);
}

export function lines(found, seen, size) {
  const series = found.series.map((each) => ({
    type: "line",
    name: each.words,
    data: each.values,
    color: seen[each.colour],
    lineStyle: { width: seen.fontSize / 6 },
    symbol: "circle",
    showAllSymbol: true, // a moment without neighbours is seen as well
    symbolSize: (_value, { dataIndex }) => {
      const alone = each.values[dataIndex - 1] == null && each.values[dataIndex + 1] == null;
      return alone || each.values.length <= 60 ? seen.fontSize * 0.45 : 0;
    },
    cursor: "pointer",
  }));
  return timeline(found, seen, series, size);
}

const COLUMNS = ["brand", "good", "ink-soft"];

export function flow(found, seen, { width }) {
  const narrow = width < NARROW;
  const between = width / 2 - seen.fontSize * 2.4; // names of the last two columns share their gap
  const label = {
    color: seen.ink,
    fontFamily: seen.fontFamily,
    fontSize: seen.fontSize * (narrow ? 0.8 : 0.9),
    overflow: "truncate",
    textBorderColor: seen.paper,
    textBorderWidth: 2,
    formatter: ({ data }) =>
      narrow ? plain(data.words) : `${plain(data.words)}  ${told(data.value)}`,
  };
  const data = found.nodes.map((node) => ({
    ...node,
    name: node.key,
    itemStyle: { color: seen[node.colour || COLUMNS[node.depth]] },
    label: {
      position: node.depth === 2 ? "left" : "right",
      width: node.depth === 0 ? between : between / 2,
    },
  }));
  const named = new Map(found.nodes.map((node) => [node.key, plain(node.words)]));
  return {
    tooltip: tooltip(seen, {
      trigger: "item",
      formatter: ({ dataType, data: one }) =>
        dataType === "edge"
          ? `${named.get(one.source)} → ${named.get(one.target)}\n${told(one.value)}`
          : `${plain(one.words)}\n${told(one.value)}`,
    }),
    series: [
      {
        type: "sankey",
        left: 2,
        right: 2,
        top: 6,
        bottom: 6,
        nodeWidth: seen.fontSize * 0.7,
        nodeGap: seen.fontSize * 0.95,
        layoutIterations: 32,
        draggable: false,
        emphasis: { focus: "trajectory" },
        lineStyle: { color: "gradient", opacity: 0.28, curveness: 0.5 },
        label,
        data,
        links: found.links,
      },
    ],
  };
}
