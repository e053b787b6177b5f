/**
 * `deno task schemas:texts`: writes schemas/avsc_texts.ts from the .avsc files.
 *
 * @module
 */
import { join, resolve } from "node:path";

const SCHEMAS = resolve(import.meta.dirname ?? ".", "../../schemas");

/** The module that holds the texts. */
export const AVSC_TEXTS = join(SCHEMAS, "avsc_texts.ts");

/** Name of each text in the module, and its file. */
export const AVSC_FILES: Readonly<Record<string, string>> = {
  QUOTE_V1: join(SCHEMAS, "v1/quote.avsc"),
  QUOTE_V2: join(SCHEMAS, "v2/quote.avsc"),
  REFERENCE_DATA_V1: join(SCHEMAS, "v1/reference_data.avsc"),
  REFERENCE_DATA_V2: join(SCHEMAS, "v2/reference_data.avsc"),
  TRADE_V1: join(SCHEMAS, "v1/trade.avsc"),
  TRADE_V2: join(SCHEMAS, "v2/trade.avsc"),
};

/** The text of the module. */
export function avscTexts(): string {
  const constants = Object.entries(AVSC_FILES).map(([name, path]) => {
    const literal = Deno.readTextFileSync(path).replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll(
      "${",
      "\\${",
    );
    return `export const ${name} = \`${literal}\`;\n`;
  });
  return `/**
 * The .avsc files as text, made by \`deno task schemas:texts\`; a test compares each with its file, byte for byte. An import
 * of a text would be shorter, but packages with such imports cannot be published.
 *
 * @module
 */
${constants.join("\n")}`;
}

if (import.meta.main) Deno.writeTextFileSync(AVSC_TEXTS, avscTexts());
