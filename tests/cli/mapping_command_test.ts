/** A mapping of one's own at the command line: what is written by it, and that another one never writes rows again. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestProgram } from "../support/cli.ts";
import { inFolder } from "../support/temp_folder.ts";

const MAPPING = {
  name: "mine",
  summary: "ticks of mine",
  dataType: "trades",
  exchange: "ASX",
  assetClass: "equities",
  rows: { form: "delimited", delimiter: ";", header: "present" },
  fields: {
    symbol: "Kuerzel",
    timestamp: { as: "calendar", date: { from: "Zeit", pattern: "dd.MM.yyyy HH:mm:ss" } },
    price: { from: "Preis", mark: "," },
    quantity: "Menge",
  },
};
const ROWS = "Kuerzel;Zeit;Preis;Menge\nBHP;10.03.2014 10:00:06;36,78;358\nBHP;10.03.2014 10:00:07;36,79;1\n";

Deno.test("a mapping of one's own loads a file, and a changed one writes nothing of it again", () =>
  inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    const write = (name: string, text: string) => Deno.writeTextFileSync(join(folder, name), text);
    const load = () => program.run("load", "ticks.txt", "--format", "mine.json", "--data-dir", "data", "--json");
    const records = () => {
      const partitions = program.log.broker.topic("market.equities.trades.asx")?.partitions ?? [];
      return partitions.flatMap((partition) => partition.records).length;
    };
    write("ticks.txt", ROWS);
    write("mine.json", JSON.stringify(MAPPING));
    const first = await load();
    assert.equal(first.exitCode, 0, first.stderr);
    assert.equal(records(), 2);
    // Another summary and another order of keys say the same.
    write("mine.json", JSON.stringify({ ...Object.fromEntries(Object.entries(MAPPING).reverse()), summary: "others" }));
    assert.equal((await load()).exitCode, 0);
    write("mine.json", JSON.stringify({ ...MAPPING, fields: { ...MAPPING.fields, venue: "Menge" } }));
    const changed = await load();
    assert.equal(changed.exitCode, 5);
    assert.match(changed.stderr, /It was loaded with other settings: mapping was "[0-9a-f]{16}", is "[0-9a-f]{16}"/);
    assert.equal(records(), 2);
    write("mine.json", JSON.stringify({ ...MAPPING, fields: { ...MAPPING.fields, prise: "Preis" } }));
    const wrong = await load();
    assert.equal(wrong.exitCode, 3);
    assert.match(wrong.stdout + wrong.stderr, /fields\.prise .*there is no such key\. Did you mean \\?"price/);
  }));

Deno.test("a load says once that a file is whole, and a mended mapping is told to go on with its dead letters", () =>
  inFolder(async (folder) => {
    const program = new TestProgram({ cwd: folder });
    const write = (name: string, text: string) => Deno.writeTextFileSync(join(folder, name), text);
    const rows = {
      form: "delimited",
      delimiter: ";",
      quotes: false,
      header: "absent",
      columns: ["Kuerzel", "Zeit", "Preis", "Menge"],
      trailer: { from: "Kuerzel", equals: "END", count: "Zeit" },
    };
    const load = () => program.run("load", "ticks.txt", "--format", "mine.json", "--data-dir", "data");
    write("ticks.txt", "BHP;10.03.2014 10:00:06;36,78;1.358\nBHP;10.03.2014 10:00:07;36,79;1\nEND;2\n");
    write("mine.json", JSON.stringify({ ...MAPPING, rows }));
    const first = await load();
    assert.equal(first.exitCode, 0, first.stderr);
    assert.equal(first.stderr.split("the file is whole").length, 2, first.stderr);
    const quantity = { from: "Menge", mark: ",", grouping: "." };
    write("mine.json", JSON.stringify({ ...MAPPING, rows, fields: { ...MAPPING.fields, quantity } }));
    const mended = await load();
    assert.equal(mended.exitCode, 5);
    assert.match(mended.stderr, /`dlq replay --format mine\.json`, with your mapping as it is now/);
  }));
