// Bundles every entry in src/ into the console's static folder, each with what it imports.
import { build } from "esbuild";
import { readdirSync } from "node:fs";

const entries = readdirSync("src").filter((name) => /^[a-z]+\.(js|css)$/.test(name));

const shared = {
  outdir: "../src/orchestrator/doors/console/static",
  bundle: true,
  minify: true,
  sourcemap: true,
  target: "es2022",
  legalComments: "linked",
  logLevel: "warning",
};

// What other people's pages load is a script that leaves no names behind; ours are modules.
const foreign = ["embed.js"];
const own = entries.filter((name) => !foreign.includes(name));
await build({ ...shared, format: "esm", entryPoints: own.map((name) => `src/${name}`) });
await build({ ...shared, format: "iife", entryPoints: foreign.map((name) => `src/${name}`) });
