// Runs the unit tests: `node test.mjs [part of a path]...`. Each is bundled first, for Node 20 runs no TypeScript.
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "node_modules/.tests");
const wanted = process.argv.slice(2);
const tests = readdirSync(here, { recursive: true })
  .filter((path) => /\.test\.tsx?$/.test(path) && !path.startsWith("node_modules"))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .sort();

if (tests.length === 0) {
  console.error("web: no such test");
  process.exit(1);
}
rmSync(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: here,
  bundle: true,
  entryPoints: tests,
  external: ["esbuild", "react", "react-dom", "react-dom/*"],
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".svg": "text", ".css": "empty" },
  outbase: here,
  outdir,
  outExtension: { ".js": ".mjs" },
  platform: "node",
  sourcemap: "inline",
  target: "node20",
});
const files = tests.map((path) => join(outdir, path.replace(/\.tsx?$/, ".mjs")));
const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { cwd: here, stdio: "inherit" });
process.exit(run.status ?? 1);
