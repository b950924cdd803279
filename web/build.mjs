// Builds what the server serves under /embed: `node build.mjs [--out DIR]`. The same input gives the same bytes.
// A part that outgrows its limit fails the build; what was built is written all the same, to be looked at.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { licences } from "./licences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const limits = [
  { of: ["embed.js"], gzipBytes: 4_096 },
  { of: ["frame.js", "frame.css"], gzipBytes: 25_600 },
  { of: ["frame.js", "frame.css", "text.js"], gzipBytes: 30_720 },
  { of: ["later.js"], gzipBytes: 10_240 },
];
const COMMON = {
  absWorkingDir: here,
  bundle: true,
  charset: "utf8",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  minify: true,
  outdir: "out",
  platform: "browser",
  target: ["es2022", "chrome123", "firefox121", "safari17.5"],
  write: false,
};
const VIEW = {
  "preact/jsx-runtime": "./widget/view/preact.ts",
  "preact/hooks": "./widget/view/hooks.ts",
  preact: "./widget/view/preact.ts",
};
// A style sheet that a script adopts, as a text without its blanks.
const SHEET = {
  name: "sheet",
  setup({ onLoad }) {
    onLoad({ filter: /later\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), {
        loader: "css",
        minify: true,
        target: COMMON.target,
      });
      return { contents: code.trim(), loader: "text" };
    });
  },
};
// The frame asks for these by name, so they are built first.
const TEXT = {
  entry: "widget/markdown/index.ts",
  names: { ".js": "text.js" },
  options: { format: "esm", jsx: "automatic", jsxImportSource: "preact", alias: VIEW },
};
const LATER = {
  entry: "widget/later/index.ts",
  names: { ".js": "later.js" },
  options: {
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    alias: { ...VIEW, "preact/hooks": "./widget/view/lent.ts" },
    plugins: [SHEET],
  },
};
const PARTS = [
  { entry: "loader/embed.ts", names: { ".js": "embed.js" }, options: { format: "iife", loader: { ".svg": "text" } } },
  {
    entry: "widget/main.tsx",
    names: { ".js": "frame.js", ".css": "frame.css" },
    // Preact's own 6.5 KB would be a quarter of the frame: a part of it, written for this, stands in its place.
    // tests/browser/test_view.py holds the two against each other; the head of preact.ts says where they differ.
    options: {
      format: "esm",
      jsx: "automatic",
      jsxImportSource: "preact",
      loader: { ".svg": "text" },
      alias: VIEW,
      external: ["./text.*.js", "./later.*.js"],
    },
  },
  { entry: "client/index.ts", names: { ".js": "client.js" }, options: { format: "esm" } },
  { entry: "react/index.ts", names: { ".js": "react.js" }, options: { format: "esm", external: ["react"] } },
];
// The faces of our own pages (the widget takes the system's): Latin letters, every weight in one file.
const FONTS = {
  "inter.woff2": "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  "mono.woff2": "node_modules/@fontsource-variable/jetbrains-mono/files/jetbrains-mono-latin-wght-normal.woff2",
};

const { values } = parseArgs({ options: { out: { type: "string" }, limit: { type: "string" } } });
if (values.limit) {
  // For the test of the check itself: "embed.js=100".
  const [name, gzipBytes] = values.limit.split("=");
  limits.push({ of: [name], gzipBytes: Number(gzipBytes) });
}
const out = values.out ?? join(here, "../src/ringfence/features/embed/static");
const named = await Promise.all([TEXT, LATER].map(bundle));
for (const { files } of named) {
  const [name, content] = files[0];
  COMMON.define[`${name.slice(0, -3).toUpperCase()}_FILE`] = JSON.stringify(`./${nameOf(name, content)}`);
}
const built = [...named, ...(await Promise.all(PARTS.map(bundle))), fonts()];
const parts = new Map(built.flatMap((part) => part.files));
print(parts);
write(parts, licences(built.flatMap((part) => part.inputs)));
check(parts);

async function bundle({ entry, names, options }) {
  const result = await build({ ...COMMON, ...options, entryPoints: [entry] });
  const files = Object.entries(names).map(([extension, name]) => {
    const found = result.outputFiles.find((file) => file.path.endsWith(extension));
    return [name, found ? Buffer.from(found.contents) : Buffer.alloc(0)];
  });
  return { files, inputs: Object.keys(result.metafile.inputs) };
}

function fonts() {
  const files = Object.entries(FONTS).map(([name, path]) => [name, readFileSync(join(here, path))]);
  return { files, inputs: Object.values(FONTS) };
}

function gzipBytes(content) {
  return content.length === 0 ? 0 : gzipSync(content, { level: 9 }).length;
}

function print(files) {
  for (const [name, content] of files) {
    const [bytes, zipped] = [content.length, gzipBytes(content)].map((size) => String(size).padStart(7));
    console.log(`${name.padEnd(10)} ${bytes} bytes ${zipped} gzip`);
  }
}

function check(files) {
  const over = limits.flatMap(({ of, gzipBytes: limit }) => {
    const total = of.reduce((sum, name) => sum + gzipBytes(files.get(name)), 0);
    console.log(`${of.join(" + ").padEnd(22)} ${total} of ${limit} gzip`);
    return total > limit ? [`${of.join(" + ")} is ${total - limit} bytes over its ${limit} (gzip)`] : [];
  });
  if (over.length > 0) {
    console.error(`web: ${over.join("; ")}\n  mend: make it smaller`);
    process.exit(1);
  }
}

function digest(content, kind, encoding) {
  return createHash(kind).update(content).digest(encoding);
}

// A name for exactly these bytes: browsers keep them for good.
function nameOf(name, content) {
  const [stem, extension] = name.split(".");
  return `${stem}.${digest(content, "sha256", "hex").slice(0, 16)}.${extension}`;
}

function write(files, licenceText) {
  const manifest = {};
  mkdirSync(join(out, "assets"), { recursive: true });
  for (const name of readdirSync(join(out, "assets"))) rmSync(join(out, "assets", name));
  for (const [name, content] of files) {
    const file = /^(?:frame|text|later|inter|mono)\./.test(name) ? `assets/${nameOf(name, content)}` : name;
    writeFileSync(join(out, file), content);
    const integrity = `sha384-${digest(content, "sha384", "base64")}`;
    manifest[name] = { file, bytes: content.length, gzip_bytes: gzipBytes(content), integrity };
  }
  writeFileSync(join(out, "licenses.txt"), licenceText);
  writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
