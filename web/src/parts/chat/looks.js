// The chat window's look. On the console's pages its tokens are taken, elsewhere their own values.
export const LOOKS = `
:host { color-scheme: light dark; display: grid; min-block-size: 0; --p: var(--paper, light-dark(#fff, #181c2e)); --s: var(--sunken, light-dark(#eef0f7, #12162a)); --l: var(--line, light-dark(#d9dce8, #2d3450)); --ls: var(--line-strong, light-dark(#868da6, #6b7499)); --i: var(--ink, light-dark(#1a1d2e, #e8eaf4)); --so: var(--ink-soft, light-dark(#565d75, #a3abc6)); --b: var(--brand, light-dark(#3949c6, #96a4ff)); --ob: var(--on-brand, light-dark(#fff, #10142a)); --bad-i: var(--bad, light-dark(#b3203a, #ff8b9c)); font: 15px/1.45 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; color: var(--i); }
:host([data-theme="light"]) { color-scheme: light; }
:host([data-theme="dark"]) { color-scheme: dark; }
* { box-sizing: border-box; }
.window { display: grid; grid-template-rows: auto auto minmax(0, 1fr) auto auto; background: var(--p); border: 1px solid var(--l); border-radius: 14px; overflow: hidden; min-block-size: 0; block-size: 100%; }
header { display: flex; gap: 8px; align-items: center; padding: 10px 14px; background: var(--b); color: var(--ob); }
header b { flex: 1; font-size: 1.05rem; overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; border-radius: 8px; border: 1px solid var(--ls); background: var(--p); color: var(--i); min-block-size: 38px; padding: 5px 12px; cursor: pointer; }
button:hover { background: var(--s); }
button:has(> svg) { display: grid; place-items: center; }
button:disabled { opacity: .55; cursor: not-allowed; }
header button { background: transparent; color: inherit; border-color: transparent; padding: 4px 9px; min-inline-size: 34px; min-block-size: 34px; }
header button:hover { background: #0003; }
:focus-visible { outline: 3px solid var(--b); outline-offset: 2px; }
header :focus-visible { outline-color: var(--ob); }
.state { padding: 6px 14px; font-size: .87rem; background: var(--s); color: var(--so); border-block-end: 1px solid var(--l); }
.state[hidden], [hidden] { display: none !important; }
.log { overflow-y: auto; padding: 14px; display: flex; flex-direction: column; gap: 8px; overscroll-behavior: contain; }
.welcome { color: var(--so); text-align: center; margin: auto; padding: 20px; }
.said { max-inline-size: 84%; display: grid; gap: 2px; align-self: flex-start; }
.said.mine { align-self: flex-end; justify-items: end; }
.said .text { background: var(--s); border-radius: 13px; border-end-start-radius: 4px; padding: 8px 12px; white-space: pre-wrap; overflow-wrap: anywhere; inline-size: fit-content; }
.said.mine .text { background: var(--b); color: var(--ob); border-end-start-radius: 13px; border-end-end-radius: 4px; }
.said.mine a { color: inherit; }
.said a { color: var(--b); }
.said.failed .text { background: var(--p); color: var(--i); border: 1px dashed var(--bad-i); }
.said.failed .meta { color: var(--bad-i); }
.divides { margin: 10px 0 2px; padding-block-start: 10px; border-block-start: 1px solid var(--l); color: var(--so); text-align: center; font-size: .87rem; }
.said img { max-inline-size: 100%; max-block-size: 220px; border-radius: 8px; display: block; }
.said .meta { font-size: .78rem; color: var(--so); }
.replies { display: flex; flex-wrap: wrap; gap: 6px; }
.replies button { border-color: var(--b); color: var(--b); }
.typing { padding: 0 14px 6px; color: var(--so); font-size: .87rem; min-block-size: 24px; }
form { display: flex; gap: 8px; padding: 10px; border-block-start: 1px solid var(--l); align-items: flex-end; }
textarea { font: inherit; color: inherit; background: var(--p); border: 1px solid var(--ls); border-radius: 9px; padding: 8px 10px; flex: 1; min-inline-size: 0; resize: none; max-block-size: 140px; min-block-size: 38px; field-sizing: content; }
form .go { background: var(--b); color: var(--ob); border-color: var(--b); }
form .attach { padding: 5px 9px; min-inline-size: 38px; }
.over { padding: 12px; display: grid; gap: 8px; justify-items: center; border-block-start: 1px solid var(--l); color: var(--so); }
.over p { margin: 0; }
.error { color: var(--bad-i); }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;

export const BUTTON_LOOKS = `
:host { position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 2147483000; font: 15px/1.45 system-ui, sans-serif; color-scheme: light dark; }
* { box-sizing: border-box; }
.open { display: grid; place-items: center; inline-size: 60px; block-size: 60px; border-radius: 99px; border: 0; cursor: pointer; background: light-dark(#3949c6, #96a4ff); color: light-dark(#fff, #10142a); box-shadow: 0 6px 22px #0005; }
.open:focus-visible { outline: 3px solid light-dark(#1a1d2e, #fff); outline-offset: 3px; }
.count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 24px; block-size: 24px; border-radius: 99px; background: #b3203a; color: #fff; font-weight: 700; font-size: 13px; display: grid; place-items: center; }
.panel { position: fixed; inset-block-end: 92px; inset-inline-end: 20px; inline-size: min(390px, calc(100vw - 24px)); block-size: min(620px, calc(100dvh - 112px)); display: grid; box-shadow: 0 12px 40px #0006; border-radius: 14px; }
[hidden] { display: none !important; }
@media (max-width: 480px) { .panel { inset: 8px; inline-size: auto; block-size: auto; } .panel:not([hidden]) ~ .open { display: none; } }
`;

// Constructed, since pages may allow no inline style.
export function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
