// The licences of other people's code in the bundles.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = join(dirname(fileURLToPath(import.meta.url)), "node_modules");

/** The licence texts of the packages among the files that went into a bundle; throws where a package has none. */
export function licences(inputs) {
  const packages = new Set(inputs.flatMap((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1] ?? []));
  if (packages.size === 0) return "No other package's code is part of what Ringfence serves to browsers.\n";
  const texts = [...packages].sort().map((name) => {
    const folder = join(modules, name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} has no licence file`);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
  return `These packages are part of what Ringfence serves to browsers.\n\n${texts.join("\n")}`;
}
