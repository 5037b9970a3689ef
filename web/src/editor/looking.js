// The server looks at the policy on every pause: its sentence, what is wrong, what is odd.
import { ask } from "./server.js";
import { _ } from "./words.js";

const PLACED = /^(?:.*?: )?\p{L}+ (\d+), \p{L}+ (\d+): (.*)$/su; // "line 1, column 2: …", in any language
const SAID_THERE = /^(exception\.)?(conditions|actions)$/;

export class Looking {
  constructor(editor) {
    this.editor = editor;
    this.busy = null;
  }

  async look() {
    const { editor } = this;
    const { side } = editor;
    this.busy?.abort();
    this.busy = new AbortController();
    const { signal } = this.busy;
    try {
      const { ok, body } = await ask("/console/policy-editor/look", editor.fields(editor.shown), { signal });
      if (!ok) return;
      this.tell(body.problems, body.warnings);
      side.sentence(body.sentence);
      if (body.problems.length > 0) {
        side.findings([], editor.touched ? "" : _("Give it a name, conditions and an action."));
        return;
      }
      side.wait();
      const found = await ask("/console/policy-editor/findings", editor.fields(editor.shown), { signal });
      if (found.ok) side.findings(found.body);
    } catch (error) {
      if (error.name !== "AbortError") side.silent(editor.failure(error));
    }
  }

  // Keys that stand twice would be lost on the way: only the server's reader sees them.
  async unread(text) {
    try {
      const { body } = await ask("/console/policy-editor/look", this.editor.fields(text));
      return body?.problems?.find(({ code }) => code === "duplicate" || code === "syntax")?.message ?? "";
    } catch (error) {
      return this.editor.failure(error);
    }
  }

  tell(problems, warnings = []) {
    const { editor } = this;
    if (!editor.touched) return editor.side.problems([], []); // nobody likes to be blamed for an empty form
    const all = [...problems, ...warnings.map((each) => ({ ...each, severity: "warning" }))];
    if (editor.tab === "json") {
      this.place(all);
      return editor.side.problems(all, all);
    }
    const rest = editor.except.tell(editor.main.tell(editor.frame.tell(all)));
    return editor.side.problems(all, rest.filter(({ path }) => !SAID_THERE.test(path)));
  }

  place(all) {
    const placed = all.filter(({ message, path }) => !path && PLACED.test(message));
    this.editor.json.tell(
      placed.map(({ message, severity }) => {
        const [, line, column, words] = PLACED.exec(message);
        return { line: Number(line), column: Number(column), message: words, severity: severity ?? "error" };
      }),
    );
  }
}
