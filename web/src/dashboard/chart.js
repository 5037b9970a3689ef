// <usage-chart kind="bars|lines|columns|flow" label="…">: draws the table inside it, which stays for
// everybody who does not see the picture. What is clicked leads where the table's link leads.
import { init } from "./echarts.js";
import { look } from "./look.js";
import * as options from "./options.js";
import * as reading from "./reading.js";

const KINDS = {
  bars: [reading.timeline, options.bars],
  lines: [reading.timeline, options.lines],
  columns: [reading.columns, options.bars],
  flow: [reading.flow, options.flow],
};
const CHANGES = {
  childList: true,
  characterData: true,
  attributeFilter: ["href", "data-value"],
  subtree: true,
};
const still = matchMedia("(prefers-reduced-motion: reduce)");
const shown = new Set();

class UsageChart extends HTMLElement {
  #chart;
  #drawn = "";
  #found;
  #picture;
  #probe;
  #drawing = 0;
  #sizes = new ResizeObserver(() => this.#resize());
  #changes = new MutationObserver(() => this.draw());

  connectedCallback() {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    this.#picture = document.createElement("div");
    this.#picture.part = "picture";
    this.#picture.setAttribute("role", "img");
    this.#probe = document.createElement("span");
    this.#probe.hidden = true;
    root.replaceChildren(this.#picture, this.#probe, document.createElement("slot"));
    this.#sizes.observe(this.#picture);
    this.#changes.observe(this, CHANGES);
    shown.add(this);
  }

  disconnectedCallback() {
    shown.delete(this);
    this.#sizes.disconnect();
    this.#changes.disconnect();
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    this.#chart?.dispose();
    this.#chart = undefined;
    this.#drawn = "";
  }

  // Draws before the next picture, once however often it is asked.
  draw() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #resize() {
    if (!this.#chart) return this.draw();
    const { clientWidth, clientHeight } = this.#picture;
    if (this.#chart.getWidth() === clientWidth && this.#chart.getHeight() === clientHeight) return;
    this.#chart.resize();
    this.draw(); // what fits depends on the width
  }

  #draw() {
    const table = this.querySelector("table");
    const kind = KINDS[this.getAttribute("kind")];
    if (!table || !kind || !this.isConnected || !this.#picture.clientWidth) return;
    const [read, told] = kind;
    this.#picture.setAttribute("aria-label", this.getAttribute("label") ?? "");
    this.#chart ??= this.#begun();
    const seen = look(this, this.#probe);
    const { clientWidth: width, clientHeight: height } = this.#picture;
    const most = Math.floor(height / (seen.fontSize * 1.75));
    this.#found = read(table, { most, others: this.getAttribute("others") ?? "…" });
    // A wall screen is asked every few seconds for weeks, and each setOption leaves something behind.
    const drawn = JSON.stringify([this.getAttribute("kind"), this.#found, seen, width, height]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const made = told(this.#found, seen, { width });
    this.#chart.setOption({ animation: !still.matches, animationDuration: 300, ...made });
    this.toggleAttribute("drawn", true);
  }

  #begun() {
    const chart = init(this.#picture, null, { renderer: "canvas" });
    chart.on("click", ({ data, seriesIndex, dataIndex }) => {
      this.#go(data?.href ?? this.#found.series[seriesIndex]?.links[dataIndex]);
    });
    chart.getZr().on("click", ({ target, offsetX, offsetY }) => {
      const place = [offsetX, offsetY];
      if (target || !this.#found.labels || !chart.containPixel("grid", place)) return;
      const [at] = chart.convertFromPixel("grid", place);
      this.#go(this.#found.links[at]);
    });
    return chart;
  }

  #go(href) {
    if (href) location.assign(href);
  }
}

const redraw = () => shown.forEach((chart) => chart.draw());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
const theme = { attributes: true, attributeFilter: ["data-theme", "class"] };
new MutationObserver(redraw).observe(document.documentElement, theme);
customElements.define("usage-chart", UsageChart);
