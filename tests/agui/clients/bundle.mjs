// Bundles a page's script for the browser: node bundle.mjs SOURCE, the script on stdout.
import { build } from "esbuild";

const { outputFiles } = await build({
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"' },
  entryPoints: [process.argv[2]],
  format: "esm",
  jsx: "automatic",
  logLevel: "warning",
  minify: true,
  target: "es2022",
  write: false,
});
process.stdout.write(outputFiles[0].text);
