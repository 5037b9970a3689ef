// What every page of the console has: htmx, the theme, menus, toasts, times, and a lost connection.
import htmx from "htmx.org";
import "./parts/times.js";
import "./parts/toasts.js";
import "./parts/connection.js";
import "./parts/menus.js";
import "./parts/theme.js";
import "./parts/copying.js";
import "./parts/asking.js";
import "./parts/token.js";
import "./parts/tongue.js";
import "./parts/sending.js";
import "./parts/narrowing.js";
import "./parts/finder.js";

htmx.config.includeIndicatorCSS = false; // the stylesheet has it, and pages allow no inline style

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (request.method !== "GET") {
    request.headers["X-CSRF-Token"] = document.querySelector('meta[name="csrf"]')?.content ?? "";
  }
});
