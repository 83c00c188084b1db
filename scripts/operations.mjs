// Writes docs/operations.md from the operation catalogue: node scripts/operations.mjs [file]
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const file = process.argv[2] ?? join("docs", "operations.md");
const { outputFiles } = await build({
  stdin: {
    contents: `
      export { AREAS } from "./src/klarna/catalogue.ts";
      export * from "./src/klarna/operation.ts";
      export { documentedQuota } from "./src/guard/quotas.ts";
    `,
    resolveDir: join(import.meta.dirname, ".."),
  },
  bundle: true,
  format: "esm",
  platform: "node",
  write: false,
});
const [bundle] = outputFiles;
const catalogue = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.contents).toString("base64")}`
);
const { ANY_SUCCESS, AREAS, documentedQuota, optionalParameters, pathTemplates } = catalogue;
const { requiredParameters } = catalogue;
const all = Object.values(AREAS).flat();

writeFileSync(file, page());

function page() {
  return `# Operations

Written by \`npm run docs:operations\` from the catalogue in \`src/klarna/operations\`, which the profile schema, \`plan\`,
the client and the emulator read too. ${all.length} operations; a profile names them, and can give neither a method nor a path.

- **Request**: \`[/accounts/{account_id}]\` is there when the run has an account (an acquiring partner's), and not with a
  partner's own key. A dagger (†) marks the form that we infer: Klarna's published collection has the other one alone.
- **Takes**: what a step's \`with\` fills. Names in brackets may be left out; of these, some have a sample value that is sent
  instead, shown after an equals sign.
- **Category**: the quota that a request counts in, and Klarna's documented test quota a second, for a partner or for an
  acquiring partner. *Inferred* means that we concluded it from the category's description. Operations without a published
  category share one bucket of 5/s.
- **Status**: an answer with one of these is expected unless the step says otherwise. "2xx" means that Klarna states none: any of
  ${ANY_SUCCESS.join(", ")}.
- **Where**: Klarna's test environment and the emulator, or the emulator alone, which is for whatever reaches people or
  changes an account.
- **Webhooks**: state changes, each of which makes Klarna send a notification to a receiver that the account registered. Where Klarna
  does not say, we count one.

Klarna Network operations go to \`klarna-test\`, classic ones to a playground; the emulator plays both.
${Object.entries(AREAS).map(area).join("")}
## One of your own

An entry in its area's list in \`src/klarna/operations\`: profiles, \`plan\`, the client, faults and the emulator's routes read it from
there. What Klarna answers is for its area's file in \`src/emulator/resources\`; without it nothing compiles. Then
\`npm run docs:operations\`. \`test/one-entry.test.ts\` shows one.

## Not in the catalogue

Management of accounts (onboarding, credentials, certificates, IP restrictions, stores, brands, products): a load test has no
business there. The express checkout's confirmation tokens and the \`/v1\` paths of payment requests, which are older forms whose
bodies are not published. Handing out the link of a hosted page, which writes to people. What is attached to a dispute, and the payouts of a settlement. The testing tools API, whose
operations are not published.
`;
}

function area([title, operations]) {
  const rows = operations.map((one) => [
    `\`${one.name}\`<br>${one.purpose}`,
    `\`${one.method}\` ${path(one)}`,
    takes(one),
    category(one),
    one.successStatuses === ANY_SUCCESS ? "2xx" : one.successStatuses.join(", "),
    one.allowedOn === "everywhere" ? "Klarna, emulator" : "emulator",
    String(one.webhooks),
  ]);
  const fields = operations.filter(
    ({ answerFields, answerHeaders }) => answerFields ?? answerHeaders,
  );
  return `
## ${title}

${table(["Operation", "Request", "Takes", "Category", "Status", "Where", "Webhooks"], rows)}
${fields.length === 0 ? "" : `\nKnown fields of the answers (there may be more):\n\n${known(fields)}\n`}`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function path(operation) {
  const { plain, account } = pathTemplates(operation);
  if (plain && account) {
    const dagger = operation.forms.plain === "inferred" ? " †" : "";
    return `\`${account.replace("/accounts/{account_id}", "[/accounts/{account_id}]")}\`${dagger}`;
  }
  return `\`${plain ?? account}\``;
}

function takes(operation) {
  const samples = new Map((operation.parameters ?? []).map(({ name, sample }) => [name, sample]));
  const optional = optionalParameters(operation).map((name) =>
    samples.get(name) === undefined ? `[\`${name}\`]` : `[\`${name}\` = ${samples.get(name)}]`,
  );
  const required = requiredParameters(operation).map((name) => `\`${name}\``);
  return [...required, ...optional, ...(operation.sampleBody ? ["a body"] : [])].join(", ");
}

function category({ category: name, categorySource }) {
  const quotas = ["partner", "acquiring-partner"].map((level) =>
    documentedQuota("test", name, level),
  );
  const [own, acquiring] = quotas;
  const quota = own === acquiring ? `${own}/s` : `${own} or ${acquiring}/s`;
  const how = name !== "unknown" && categorySource === "inferred" ? ", *inferred*" : "";
  return `${name}, ${quota}${how}`;
}

function known(operations) {
  const byFields = new Map();
  for (const { name, answerFields = [], answerHeaders = {} } of operations) {
    const fields = [
      ...answerFields.map((field) => `\`${field}\``),
      ...Object.entries(answerHeaders).map(
        ([field, header]) => `\`$.${field}\` (from the header \`${header}\`)`,
      ),
    ].join(", ");
    byFields.set(fields, [...(byFields.get(fields) ?? []), `\`${name}\``]);
  }
  return [...byFields].map(([fields, names]) => `- ${names.join(", ")}: ${fields}`).join("\n");
}
