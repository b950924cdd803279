// Reads the API's description on stdin and writes its shapes as TypeScript; with --check FILE, compares instead.
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

const HEAD = "// The shapes of the HTTP API, made from its description by `make types`; not to be edited by hand.\n\n";
const description = JSON.parse(await text(process.stdin));
// The client names its routes itself; what it sends and gets is what must not drift.
const shapes = await openapiTS({ ...description, paths: {} }, { alphabetize: true });
const made = (HEAD + astToString(shapes)).replaceAll(/^( +)/gm, (spaces) => spaces.slice(spaces.length / 2));

const [flag, file] = process.argv.slice(2);
if (flag !== "--check") {
  process.stdout.write(made);
} else if (readFileSync(file, "utf8") !== made) {
  console.error(`${file} is not what the API's description makes: run make types`);
  process.exit(1);
}
