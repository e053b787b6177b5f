/** Sequence numbers of records are the venue's own: judged by the topics, for every format and version. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TestProgram } from "../support/cli.ts";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { inFolder } from "../support/temp_folder.ts";

const TOPIC = "market.equities.trades.asx";
const FLAGS = ["--data-type", "trades", "--exchange", "ASX", "--symbol", "BHP", "--company-id", "7078"];

const TICKS = "03/10/2014,10:00:01.000,1.11,3667,0,,\r\n03/10/2014,10:00:02.000,1.12,10,0,,\r\n";
const CSV = "timestamp,price,quantity\n2024-01-02T10:00:00Z,1.5,1\n2024-01-02T10:00:01Z,1.5,1\n";
const NUMBERED = (name: string) =>
  `timestamp,price,quantity,${name}\n2024-01-02T10:00:00Z,1.5,1,71\n2024-01-02T10:00:01Z,1.5,1,\n`;
const JSON_LINES =
  [{ sequence_number: 71 }, {}].map((numbered, at) =>
    JSON.stringify({ timestamp: `2024-01-02T10:00:0${at}Z`, price: "1.5", quantity: 1, ...numbered })
  ).join("\n") + "\n";

const FILES: readonly [what: string, format: string, text: string, sequences: readonly (number | null)[]][] = [
  ["asx-ticks", "asx-ticks", TICKS, [null, null]],
  ["csv without numbers", "csv", CSV, [null, null]],
  ["csv with source_sequence", "csv", NUMBERED("source_sequence"), [71, null]],
  ["csv with sequence_number", "csv", NUMBERED("sequence_number"), [71, null]],
  ["ndjson with sequence_number", "ndjson", JSON_LINES, [71, null]],
];

for (const [what, format, text, sequences] of FILES) {
  for (const version of ["v1", "v2"] as const) {
    Deno.test(`records of ${what} have the venue's sequence or none, and never the row number: ${version}`, async () => {
      await inFolder(async (folder) => {
        const program = new TestProgram({ cwd: folder });
        try {
          Deno.writeTextFileSync(join(folder, "rows"), text);
          const flags = [...FLAGS, "--format", format, "--schema-version", version, "--data-dir", "data"];
          const { exitCode, stderr } = await program.run("load", "rows", ...flags);
          assert.equal(exitCode, 0, stderr);
          const records = program.log.broker.requireTopic(TOPIC).partitions.flatMap(({ records }) => [...records]);
          const bodies = records.map(({ value }) => parseFrame(value ?? new Uint8Array()).body);
          const found = version === "v1"
            ? bodies.map((body) => codecFor("trade", "v1").decode(body).sequence_number)
            : bodies.map((body) => codecFor("trade", "v2").decode(body).source_sequence);
          assert.deepEqual(found, sequences);
        } finally {
          await program.log.close();
        }
      });
    });
  }
}
