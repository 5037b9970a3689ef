// The choice of light, dark, or as the system has it.
import { choose } from "./appearance.js";

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-theme-choice]")) choose(event.target.value);
});

document.addEventListener("DOMContentLoaded", () => {
  for (const choice of document.querySelectorAll("[data-theme-choice]")) {
    choice.value = document.documentElement.dataset.theme || "system";
  }
});
