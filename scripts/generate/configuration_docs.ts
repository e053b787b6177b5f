/**
 * `deno task docs:config`: writes docs/configuration.md from the schema of the settings.
 *
 * @module
 */
import { resolve } from "node:path";
import { ASSET_CLASSES, Catalogue } from "../../config/catalogue.ts";
import { CONFIG_FILE_VARIABLE, DEFAULT_CONFIG_FILE } from "../../config/load_settings.ts";
import { settingReferences } from "../../config/settings_reference.ts";
import type { SettingReference } from "../../config/settings_reference.ts";

const INTRODUCTION = `<!-- Made by \`deno task docs:config\` from config/settings_schema.ts. -->

# Configuration

A setting comes from the first of these that gives it:

1. a flag (\`--brokers\`, \`--registry\`, \`--data-dir\`, \`--schema-version\`, \`--client\`)
2. an environment variable, listed with each setting; empty ones do not count
3. a JSON file: \`--config FILE\`, else the one that \`${CONFIG_FILE_VARIABLE}\` names, else \`${DEFAULT_CONFIG_FILE}\` in your folder
4. the default

Relative paths in a file start from the folder of that file, all others from your folder. An unknown key is an error, with the most similar name; so is a key that is there twice, and a value that does not fit. The program then lists all problems at once and ends with
exit code 3.

Secrets are never given by a flag, because the task runner prints flags. They come from the environment, from the config
file, or from a file of their own (\`passwordFile\`, \`tokenFile\`); messages and logs show them as \`***\`,
also where a server repeats them: as they are, in URLs, JSON, HTML or base64. A secret of fewer than four characters is
masked only as part of the encoded log-in.

In the environment, lists are separated by commas, and yes-or-no settings are \`true\` or \`false\`.

\`\`\`json
{
  "schemaVersion": "v2",
  "brokers": ["broker-1.example.com:9093", "broker-2.example.com:9093"],
  "kafka": {
    "tls": { "caFile": "certificates/ca.pem" },
    "sasl": { "mechanism": "scram-sha-512", "username": "loader", "passwordFile": "secrets/kafka" }
  },
  "registry": {
    "url": "https://registry.example.com/apis/ccompat/v7",
    "auth": { "type": "basic", "username": "loader", "passwordFile": "secrets/registry" }
  },
  "exchanges": { "nyse": { "assetClasses": ["equities"], "partitions": 24, "currency": "USD", "timeZone": "America/New_York" } }
}
\`\`\`
`;

/** The whole document. */
export function configurationDocs(): string {
  const references = settingReferences();
  const parents = new Set(references.filter(({ path }) => path.length > 1).map(({ path }) => path[0]));
  const groups = Map.groupBy(references, ({ path: [first = ""] }) => parents.has(first) ? first : "General");
  const sections = [...groups].map(([name, references]) => {
    const title = name === "General" ? name : `\`${name}\``;
    return `## ${title}\n\n${references.map(entry).join("\n")}`;
  });
  return `${INTRODUCTION}\n${sections.join("\n")}\n${catalogueSection()}`;
}

function entry({ path, description, expected, defaultValue, environment, secret }: SettingReference): string {
  const facts = [
    sentence(expected),
    ...(defaultValue === undefined ? [] : [`Default: \`${JSON.stringify(defaultValue)}\`.`]),
    ...(environment === null ? [] : [`Environment: \`${environment}\`.`]),
    ...(secret ? ["A secret."] : []),
  ];
  return `**\`${path.join(".")}\`** ${description}\\\n${facts.join(" ")}\n`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function catalogueSection(): string {
  const rows = new Catalogue().exchanges().map(({ code, name, assetClasses, partitions, currency, timeZone }) =>
    `| ${code} | ${name} | ${assetClasses.join(", ")} | ${partitions} | ${currency ?? "by instrument"} | ${timeZone} |`
  );
  return `## The exchange catalogue

Topics of reference data have one partition and are compacted. A new exchange trades all asset classes
(${ASSET_CLASSES.join(", ")}) in 20 partitions, in UTC, unless its entry under \`exchanges\` says otherwise.

| Code | Name | Asset classes | Partitions | Currency | Time zone |
| ---- | ---- | ------------- | ---------- | -------- | --------- |
${rows.join("\n")}
`;
}

/** The path of the document. */
export const CONFIGURATION_DOCS = resolve(import.meta.dirname ?? ".", "../../docs/configuration.md");

if (import.meta.main) Deno.writeTextFileSync(CONFIGURATION_DOCS, configurationDocs());
