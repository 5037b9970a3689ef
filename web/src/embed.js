// One line for a test page: a round button at its edge that opens the chat window.
// <script src="…/console/static/embed.js" data-account="1" data-skill="3001"></script>
import "./parts/chat/window.js";
import { BUTTON_LOOKS, sheet } from "./parts/chat/looks.js";
import { languageOf } from "./parts/chat/words.js";

const PASSED = ["account", "skill", "campaign", "engagement", "language", "heading"];
const ICON = '<svg viewBox="0 0 24 24" width="28" height="28" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"><path d="M4 4h16v12H10l-5 4v-4H4z"/></svg>';

class ChatButton extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet(BUTTON_LOOKS)];
    this._chat = document.createElement("consumer-chat");
    for (const name of PASSED) {
      if (this.dataset[name]) this._chat.setAttribute(name, this.dataset[name]);
    }
    this._chat.setAttribute("base", this.dataset.base);
    this._chat.setAttribute("lazy", "");
    this._chat.setAttribute("closable", "");
    this._panel = document.createElement("div");
    this._panel.className = "panel";
    this._panel.hidden = true;
    this._panel.append(this._chat);
    this._button = document.createElement("button");
    this._button.className = "open";
    this._button.innerHTML = ICON;
    this._button.setAttribute("aria-expanded", "false");
    this._count = document.createElement("span");
    this._count.className = "count";
    this._count.hidden = true;
    this._button.append(this._count);
    root.append(this._panel, this._button);
    this._button.setAttribute("aria-label", this._chat.words.title);
    this._button.addEventListener("click", () => this._show(this._panel.hidden));
    this._chat.addEventListener("chat:hide", () => this._show(false));
    this._chat.addEventListener("chat:said", () => this._told());
    this._panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this._show(false);
    });
  }

  _show(isOpen) {
    this._panel.hidden = !isOpen;
    this._button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return void this._button.focus();
    this._count.hidden = true;
    this._count.textContent = "";
    this._chat.consumer.start();
    this._chat.focusInput();
  }

  _told() {
    if (!this._panel.hidden) return;
    this._count.textContent = String(Number(this._count.textContent || 0) + 1);
    this._count.hidden = false;
  }
}

customElements.define("orchestrator-chat-button", ChatButton);

const script = document.currentScript;
if (script?.dataset.account) {
  const button = document.createElement("orchestrator-chat-button");
  const language = script.dataset.language || languageOf(script.closest("[lang]")?.lang) || "en-US";
  Object.assign(button.dataset, script.dataset, { language, base: new URL(script.src).origin });
  const add = () => document.body.append(button);
  document.body ? add() : addEventListener("DOMContentLoaded", add);
}
