// The licences of the packages whose code is in the bundle: theirs ask that their notices go wherever their code goes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @param inputs the paths of bundled files
 * @returns each package's name, version, licence and its own text of it
 * @throws Error where a package has no licence's text
 */
export function licencesOf(inputs) {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(folders.map(licenceOf))].toSorted().join(`\n${"-".repeat(80)}\n\n`);
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${folder} has no licence's text`);
  const text = readFileSync(join(folder, file), "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}
