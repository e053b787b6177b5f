/** docs/formats.md is what people write mappings from: its example loads, and each of its fragments is a mapping's part. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { checkMapping } from "../../sources/formats/mapping/parse_mapping.ts";
import { TestProgram } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

const PAGE = Deno.readTextFileSync(join(import.meta.dirname ?? ".", "../../docs/formats.md"));

const blocks = (language: string): string[] =>
  [...PAGE.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text = ""]) => name === language ? [text] : []);

Deno.test("the example of docs/formats.md gives the records that the page shows", () =>
  inFolder(async (folder) => {
    const [data = "", ...otherData] = blocks("csv");
    const [mapping = "", settings = ""] = blocks("json");
    const [shown = ""] = blocks("text");
    assert.deepEqual(otherData, []);
    const files = {
      "rheintick_SAP_20240328.csv": data,
      "rheintick.json": mapping,
      "tickflume.json": settings,
    };
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(join(folder, name), text);
    const program = new TestProgram({ cwd: folder });
    const checked = await program.run("formats", "check", "rheintick.json", "--sample", "rheintick_SAP_20240328.csv");
    assert.equal(checked.exitCode, 0, checked.stderr);
    assert.ok(checked.stdout.startsWith(shown), checked.stdout);
    const load = ["load", "rheintick_SAP_20240328.csv", "--format", "rheintick.json", "--data-dir", "data", "--json"];
    const loaded = await program.run(...load);
    assert.equal(loaded.exitCode, 0, loaded.stderr);
    const { partitions = [] } = program.log.broker.topic("market.equities.trades.xetra") ?? {};
    assert.equal(partitions.flatMap(({ records }) => records).length, 3);
  }));

const BASE = {
  name: "mine",
  summary: "mine",
  rows: { form: "delimited", header: "present" },
};
const TIME = { as: "epoch", from: "time", unit: "ms" };
const FIELDS: Readonly<Record<string, object>> = {
  trades: { symbol: "symbol", timestamp: TIME, price: "price", quantity: "size" },
  quotes: { symbol: "symbol", timestamp: TIME },
};

Deno.test("every fragment of docs/formats.md is part of a mapping without a mistake, and no language is left out", () => {
  const fragments: Record<string, unknown>[] = blocks("json").slice(2).map((text) => JSON.parse(text));
  assert.ok(fragments.length > 20);
  for (const { fields, dataType = "trades", ...others } of fragments) {
    const given = typeof fields === "object" ? fields : {};
    const mapping = { ...BASE, dataType, ...others, fields: { ...FIELDS[String(dataType)], ...given } };
    checkMapping(JSON.parse(JSON.stringify(mapping)), JSON.stringify(fields ?? others));
  }
});

Deno.test("docs/formats.md names every key of the language", () => {
  const schema = Deno.readTextFileSync(join(import.meta.dirname ?? ".", "../../sources/formats/mapping.schema.json"));
  const keys = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      if (key === "properties" && typeof part === "object" && part !== null) {
        for (const name of Object.keys(part)) keys.add(name);
      }
      look(part);
    }
  };
  look(JSON.parse(schema));
  assert.ok(keys.size > 50);
  assert.deepEqual([...keys].filter((key) => !PAGE.includes(key)), []);
});
