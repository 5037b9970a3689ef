// <code-editor>: CodeMirror in a shadow root, where its styles need no leave from the page's policy.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const look = EditorView.theme({
  "&": { backgroundColor: "var(--paper)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "var(--radius-small)", fontSize: "14px" },
  "&.cm-focused": { outline: "3px solid var(--brand)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", minHeight: "120px", maxHeight: "60vh" },
  ".cm-content": { caretColor: "var(--ink)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-soft)", borderRight: "1px solid var(--line)", borderRadius: "6px 0 0 6px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--brand-tint) !important" },
  ".cm-matchingBracket": { backgroundColor: "var(--brand-tint) !important", color: "inherit !important" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "7px", boxShadow: "var(--shadow)", maxWidth: "min(480px, 90vw)", whiteSpace: "normal" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "16em" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 8px", lineHeight: "1.5" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--brand)", color: "var(--on-brand)" },
  ".cm-completionDetail": { fontStyle: "normal", opacity: ".8", marginLeft: "1em" },
  ".cm-completionInfo": { padding: "8px 10px" },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "4px solid var(--bad)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn)", textUnderlineOffset: "3px" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: "var(--brand-strong)", fontWeight: "600" },
  { tag: [tags.string], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: [tags.function(tags.variableName), tags.propertyName], color: "var(--brand)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const NAME = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}\p{N}_]+)*/u;

// Colours only: what an expression means, the server's parser says.
function expressionLanguage(functions) {
  const named = new Set(functions.map((each) => each.name));
  return StreamLanguage.define({
    name: "expression",
    token(stream) {
      if (stream.eatSpace()) return null;
      if (stream.match(/^['‘’](?:\\.|[^'\\])*['‘’]?/)) return "string";
      if (stream.match(/^\d+(\.\d+)?/)) return "number";
      const word = stream.match(NAME);
      if (word) {
        if (["and", "or", "not", "in"].includes(word[0])) return "keyword";
        if (["true", "false"].includes(word[0])) return "bool";
        return named.has(word[0]) ? "variableName.function" : "variableName";
      }
      stream.next();
      return null;
    },
    languageData: { closeBrackets: { brackets: ["(", "[", "'"] } },
  });
}

function completions(known) {
  const words = ["and", "or", "not", "in", "true", "false"].map((label) => ({ label, type: "keyword" }));
  const functions = known.functions.map((each) => ({ label: each.name, type: "function", detail: each.signature.slice(each.name.length), info: `${each.meaning}\n${each.example}`, apply: `${each.name}(`, boost: 1 }));
  const attributes = known.attributes
    .filter((each) => !each.name.includes("<") && !each.name.includes("-"))
    .flatMap((each) => [each.name, ...each.aliases].map((label) => ({ label, type: "variable", detail: each.kind, info: `${each.about} ${each.example ?? ""}`, boost: label === each.name ? 0 : -1 })));
  const options = [...attributes, ...functions, ...words];
  return (context) => {
    const before = context.matchBefore(/[\p{L}\p{N}_.]*/u);
    if (!before || (before.from === before.to && !context.explicit)) return null;
    return { from: before.from, options, validFor: /^[\p{L}\p{N}_.]*$/u };
  };
}

class CodeEditor extends HTMLElement {
  // `language`: "json" or "expression"; `known` is what expressions can name.
  setUp({ language, known, label, text, changed }) {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const own = language === "json" ? [json()] : [expressionLanguage(known.functions), autocompletion({ override: [completions(known)] })];
    this.view = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          EditorView.lineWrapping,
          lintGutter(),
          own,
          syntaxHighlighting(colours),
          look,
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => update.docChanged && changed(update.state.doc.toString())),
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  set text(wanted) {
    if (wanted !== this.text) this.view.dispatch({ changes: { from: 0, to: this.view.state.doc.length, insert: wanted } });
  }

  focus() {
    this.view.focus();
  }

  // Underline problems: [{line, column, message, severity}], lines and columns from 1.
  tell(problems) {
    const { doc } = this.view.state;
    const found = problems.map(({ line, column, message, severity }) => {
      const at = doc.line(Math.max(1, Math.min(line, doc.lines)));
      const from = Math.min(at.from + column - 1, at.to);
      const word = /^[\p{L}\p{N}_.]+|^\S/u.exec(doc.sliceString(from, at.to))?.[0].length ?? 0;
      const to = Math.min(from + word, at.to);
      return { from: from === to && from > at.from ? from - 1 : from, to, severity, message };
    });
    found.sort((one, other) => one.from - other.from);
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }
}

customElements.define("code-editor", CodeEditor);

export function codeEditor(options) {
  const made = document.createElement("code-editor");
  made.setUp(options);
  return made;
}
