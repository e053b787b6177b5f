/** The last row that counts the others: of files with a header and without, read at once or resumed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FIXED_CLOCK } from "../../../tests/support/source_input.ts";
import { readVendorFile } from "../../../tests/support/vendor_file.ts";
import { openDeadLetterSource } from "../../dead_letter_source.ts";
import { openFileSource } from "../../files/file_source.ts";
import { formatOf } from "./mapped_format.ts";
import { checkMapping } from "./parse_mapping.ts";

const COLUMNS = ["time", "pair", "price", "size"];
const HEADER = COLUMNS.join("|");
type HeaderForm = "present" | "absent" | "either";

const formatWith = (header: HeaderForm, rows: object = {}) =>
  formatOf([checkMapping({
    name: "mine",
    summary: "files that count their rows",
    dataType: "trades",
    assetClass: "crypto",
    rows: {
      form: "delimited",
      delimiter: "|",
      quotes: false,
      header,
      ...(header === "present" ? {} : { columns: COLUMNS }),
      trailer: { from: "time", equals: "END", count: "pair" },
      ...rows,
    },
    fields: {
      symbol: "pair",
      timestamp: { as: "epoch", from: "time", unit: "ms" },
      price: "price",
      quantity: "size",
      currency: { constant: "USD" },
    },
  }, "mine.json")]);

const row = (number: number) => `${1_772_461_800_000 + number}|ETH-USD|10.5|2`;
const rowsOf = (count: number) => Array.from({ length: count }, (_, index) => row(index));

/** How files may begin, and with which mappings. */
const FILES: readonly (readonly [header: HeaderForm, ahead: readonly string[]])[] = [
  ["present", [HEADER]],
  ["either", [HEADER]],
  ["either", []],
  ["absent", []],
];

for (const [header, ahead] of FILES) {
  const what = `"header": "${header}" and ${ahead.length === 0 ? "no header line" : "a header line"}`;
  const read = (...lines: readonly string[]) =>
    readVendorFile({ format: formatWith(header), name: "a.txt", lines: [...ahead, ...lines] });

  Deno.test(`a trailer proves that a file is whole, and only one with the right count: ${what}`, async () => {
    for (const count of [0, 1, 3, 7]) {
      const { rows, error, passedOver } = await read(...rowsOf(count), `END|${count}`);
      assert.equal(error, null);
      assert.equal(rows.length, count);
      const proof = `It counts ${count} ${
        count === 1 ? "row" : "rows"
      }, and as many lines are before it: the file is whole.`;
      assert.deepEqual(passedOver, [`${ahead.length + count + 1}: ${proof}`]);
    }
    const where = ahead.length === 0 ? "before it" : "between the header and it";
    for (const said of [0, 1, 2, 4]) {
      const { rows, error } = await read(...rowsOf(3), `END|${said}`);
      assert.equal(rows.length, 3);
      assert.ok(error instanceof Error);
      assert.ok(error.message.includes(`counts "${said}" rows, and there are 3 lines ${where}.`), error.message);
    }
  });

  Deno.test(`a resumed load counts the rows before it, too: ${what}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const text = (count: number) => [...ahead, ...rowsOf(5), `END|${count}`, ""].join("\n");
      for (const name of ["a.txt", "a.txt.gz"]) {
        for (const rowsFirst of [1, 2, 5]) {
          for (const [count, isRight] of [[5, true], [4, false], [6, false]] as const) {
            const path = join(folder, name);
            await Deno.writeFile(
              path,
              name.endsWith(".gz") ? gzipSync(text(count)) : new TextEncoder().encode(text(count)),
            );
            const proofs: string[] = [];
            const open = () =>
              openFileSource({
                path,
                format: formatWith(header),
                kind: "trade",
                exchange: "BINANCE",
                assetClass: "crypto",
                timeZone: "UTC",
                clock: { ...FIXED_CLOCK, now: () => Date.UTC(2027, 0, 1) },
                onPassedOver: (_line, proof) => proofs.push(proof ?? ""),
              });
            const first = await open().open();
            const begun = await first.next(rowsFirst);
            await first.close();
            assert.equal(begun?.rows.length, rowsFirst);
            const resumed = await open().open(begun.next);
            let rows = begun.rows.length, failure: unknown = null;
            try {
              for (let batch = await resumed.next(2); batch !== null; batch = await resumed.next(2)) {
                rows += batch.rows.length;
              }
            } catch (error) {
              failure = error;
            }
            await resumed.close();
            assert.equal(rows, 5);
            assert.equal(failure === null, isRight, String(failure));
            assert.equal(proofs.length, isRight ? 1 : 0);
          }
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("a last line with another delimiter is quoted where the row is missing that counts the others", async () => {
  const read = (...lines: readonly string[]) =>
    readVendorFile({ format: formatWith("absent"), name: "a.txt", lines }).then(({ error }) => String(error));
  assert.match(
    await read(row(1), row(2), "END,2"),
    /ends without the row .* Its last line, line 3, is "END,2": .* column "time" were "END", split by the delimiter/,
  );
  assert.doesNotMatch(await read(row(1), "END,2", row(2)), /last line/);
  assert.doesNotMatch(await read(row(1), row(2)), /last line/);
});

Deno.test("a file of no rows is whole only with the row that says so, or where a file without a byte is a day", async () => {
  const emptyDay = { emptyFile: "emptyDay" };
  for (
    const [header, lines, rows, isWhole] of [
      ["absent", [], {}, false],
      ["absent", [], emptyDay, true],
      ["either", [], {}, false],
      ["either", [HEADER], {}, false],
      ["either", [HEADER], emptyDay, false],
      ["present", [], {}, false],
      ["present", [], emptyDay, true],
      ["present", [HEADER], emptyDay, false],
    ] as const
  ) {
    const { error } = await readVendorFile({ format: formatWith(header, rows), name: "a.txt", lines });
    const found = error instanceof Error ? error.message : "";
    assert.equal(/ends without the row that says how many rows it has/.test(found), !isWhole, `${header} ${lines}`);
  }
});

Deno.test("a last row among dead letters counts nothing, for its file is not there", async () => {
  const source = openDeadLetterSource({
    id: "letters",
    path: "a.txt",
    format: formatWith("absent"),
    kind: "trade",
    exchange: "BINANCE",
    assetClass: "crypto",
    timeZone: "UTC",
    clock: FIXED_CLOCK,
    rowsAfter: (after, maxRows) =>
      after > 0 || maxRows === 0 ? [] : [{
        row: 4,
        line: 4,
        offset: 90,
        length: 5,
        bytes: new TextEncoder().encode("END|3"),
        messageId: null,
        origin: "00",
        header: null,
      }],
  });
  const reader = await source.open();
  const batch = await reader.next(10);
  await reader.close();
  assert.deepEqual(batch?.rows.map((one) => one.ok ? "record" : one.rule), ["passed_over"]);
});
