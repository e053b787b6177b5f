/**
 * Files that are read as a whole: the table of companies, the configuration.
 *
 * @module
 */
import { join } from "node:path";
import { ConfigError } from "../../../config/config_error.ts";
import { loadSettings } from "../../../config/load_settings.ts";
import { parseCompanyTable } from "../../../sources/formats/company_table.ts";
import { SourceError } from "../../../sources/source.ts";
import { ACCEPTED, expect, type FuzzTarget } from "../fuzz_target.ts";

export const companyTable: FuzzTarget = {
  name: "company_table",
  async run(input) {
    try {
      const table = await parseCompanyTable(input, "company_info.csv");
      expect(table.symbolOf("__proto__") === null || input.length > 9, () => "a company that is not there");
      return ACCEPTED;
    } catch (error) {
      if (error instanceof SourceError) return error.code;
      throw error;
    }
  },
  tokens: ["company_id", "symbol", "COMPANY_ID,SYMBOL"],
};

/** The folder of the current run; its first input makes it. */
let folder: string | null = null;

export const configFile: FuzzTarget = {
  name: "config_file",
  run(input) {
    folder ??= Deno.makeTempDirSync({ prefix: "tickflume-fuzz-" });
    const configFile = join(folder, "tickflume.json");
    Deno.writeFileSync(configFile, input);
    try {
      loadSettings({ cwd: folder, configFile, environment: {} });
      return ACCEPTED;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.problems.length > 0, () => "no problem is named");
      expect(error.problems.every(({ reason, nextStep }) => reason !== "" && nextStep !== ""), () => error.message);
      return "config_error";
    }
  },
  close() {
    if (folder !== null) Deno.removeSync(folder, { recursive: true });
    folder = null;
  },
  tokens: [
    "brokers",
    "registry",
    "topics",
    "pattern",
    "exchanges",
    "kafka",
    "sasl",
    "password",
    "passwordFile",
    "{data_type}",
  ],
};
