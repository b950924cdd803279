import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const outs = [1, 2].map(() => mkdtempSync(join(tmpdir(), "ringfence-web-")));
const builds: ReturnType<typeof built>[] = [];
before(() => builds.push(...outs.map((out) => built(["--out", out]))));
after(() => outs.forEach((out) => rmSync(out, { recursive: true })));

function built(args: string[]) {
  return spawnSync(process.execPath, ["build.mjs", ...args], { encoding: "utf8" });
}

function contents(folder: string): [string, string][] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return files
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => [file, readFileSync(join(folder, file), "base64")]);
}

test("the parts keep within their limits", () => {
  assert.equal(builds[0]!.status, 0, builds[0]!.stderr);
});

test("the same input gives the same bytes", () => {
  assert.ok(contents(outs[0]!).length > 5);
  assert.deepEqual(contents(outs[0]!), contents(outs[1]!));
});

test("the manifest names each part and what it weighs", () => {
  const out = outs[0]!;
  const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
  for (const name of ["embed.js", "frame.js", "frame.css"]) {
    const { file, bytes, gzip_bytes, integrity } = manifest[name];
    assert.equal(statSync(join(out, file)).size, bytes);
    assert.ok(gzip_bytes < bytes);
    assert.match(integrity, /^sha384-/);
  }
});

test("a part that is too large fails the build", () => {
  const run = built(["--out", outs[1]!, "--limit", "embed.js=100"]);
  assert.equal(run.status, 1);
  assert.match(run.stderr, /embed\.js is \d+ bytes over its 100 \(gzip\)/);
});

test("nothing that is served can run text as code, or keep anything in the browser", () => {
  for (const name of ["embed.js", "client.js"]) {
    const text = readFileSync(join(outs[0]!, name), "utf8");
    assert.doesNotMatch(text, /\beval\(|new Function|innerHTML|document\.cookie|localStorage|sessionStorage|indexedDB/);
  }
});

test("the licences of what is bundled come with it", () => {
  const script = `import { licences } from "./licences.mjs"; console.log(licences(JSON.parse(process.argv[1])))`;
  const inputs = JSON.stringify(["client/index.ts", "node_modules/preact/dist/preact.mjs"]);
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script, inputs], { encoding: "utf8" });
  assert.match(run.stdout, /^preact 11\.[\s\S]*MIT/m);
  const kept = readFileSync(join(outs[0]!, "licenses.txt"), "utf8");
  assert.match(kept, /what Ringfence serves to browsers/);
  assert.match(kept, /@fontsource-variable\/inter[\s\S]*SIL OPEN FONT LICENSE/i);
});

test("the lock names no place, and pins every byte", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
  for (const [name, entry] of Object.entries<Record<string, unknown>>(packages)) {
    assert.equal(entry["resolved"], undefined, name);
    if (name !== "") assert.match(String(entry["integrity"]), /^sha512-/, name);
  }
});
