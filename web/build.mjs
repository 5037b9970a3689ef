// Bundles every entry in src/ into the console's static folder, each with what it imports.
import { build } from "esbuild";
import { readdirSync } from "node:fs";

const entries = readdirSync("src").filter((name) => /^[a-z]+\.(js|css)$/.test(name));

await build({
  entryPoints: entries.map((name) => `src/${name}`),
  outdir: "../src/orchestrator/doors/console/static",
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: "es2022",
  legalComments: "linked",
  logLevel: "warning",
});
