/** Lines that a mapping calls comments: before the header, among the rows, and after them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { readAlike } from "../../../tests/support/alike_reads.ts";
import { FIXED_CLOCK } from "../../../tests/support/source_input.ts";
import { readVendorFile } from "../../../tests/support/vendor_file.ts";
import { openFileSource } from "../../files/file_source.ts";
import type { SourcePosition } from "../../source.ts";
import { formatOf } from "./mapped_format.ts";
import { checkMapping } from "./parse_mapping.ts";

const COLUMNS = ["time", "pair", "price", "size"];
type HeaderForm = "present" | "absent" | "either";

const formatWith = (header: HeaderForm, rows: object = {}, kept: object = {}) =>
  formatOf([checkMapping({
    name: "mine",
    summary: "files with comments",
    dataType: "trades",
    assetClass: "crypto",
    rows: {
      form: "delimited",
      header,
      comment: "#",
      ...(header === "present" ? {} : { columns: COLUMNS }),
      ...rows,
    },
    fields: {
      symbol: "pair",
      timestamp: { as: "epoch", from: "time", unit: "ms" },
      price: "price",
      quantity: { from: "size", grouping: "," },
      currency: { constant: "USD" },
    },
    ...kept,
  }, "mine.json")]);

const row = (number: number) => `${1_772_461_800_000 + number},ETH-USD,10.5,"1,2${String(number).padStart(2, "0")}"`;

Deno.test("comments are no rows: before the header, without one, among rows and after them", async () => {
  const files: readonly (readonly [HeaderForm, readonly string[]])[] = [
    ["present", [COLUMNS.join()]],
    ["either", [COLUMNS.join()]],
    ["either", []],
    ["absent", []],
  ];
  for (const [header, names] of files) {
    const lines = [
      '# vendor: "Acme',
      "#,,,",
      ...names,
      row(1),
      "#",
      row(2),
      "# 1,2,3,4",
      row(3),
      '# "',
      row(4),
      "# end",
    ];
    const { rows, error, passedOver } = await readVendorFile({ format: formatWith(header), name: "a.csv", lines });
    assert.equal(error, null);
    assert.deepEqual(rows.map((one) => one.ok), [true, true, true, true]);
    assert.deepEqual(rows.map((one) => one.row), [1, 2, 3, 4]);
    const wanted = lines.flatMap((line, at) => /^\d/.test(line) ? [at + 1] : []);
    assert.deepEqual(rows.map((one) => one.line), wanted);
    const sizes = rows.map((one) => one.ok && "quantity" in one.record ? Number(one.record.quantity) : null);
    assert.deepEqual(sizes, [1201, 1202, 1203, 1204].map((size) => size * 1e8));
    assert.equal(passedOver[0], "1: ");
  }
});

Deno.test("a comment with an open quote is one line, also where no other quote follows", async () => {
  const lines = [COLUMNS.join(), '# a,"b', "1772461800001,ETH-USD,1,2", "1772461800002,ETH-USD,1,2"];
  const { rows, error } = await readVendorFile({ format: formatWith("present"), name: "a.csv", lines });
  assert.equal(error, null);
  assert.deepEqual(rows.map((one) => one.line), [3, 4]);
});

Deno.test("a trailer counts rows and no comments, also of a load that was resumed", async () => {
  const trailer = { from: "time", equals: "END", count: "pair" };
  const format = formatWith("either", { delimiter: "|", quotes: false, trailer });
  const line = (number: number) => `${1_772_461_800_000 + number}|ETH-USD|10.5|2`;
  const lines = (
    count: number,
  ) => ["# head", line(1), "# a", line(2), line(3), "# b", "# c", line(4), `END|${count}`, "# after"];
  const wrong = await readVendorFile({ format, name: "a.txt", lines: lines(7) });
  assert.match(String(wrong.error), /its last row counts "7" rows, and there are 4 rows before it/);
  const right = await readVendorFile({ format, name: "a.txt", lines: lines(4) });
  assert.equal(right.error, null);
  assert.ok(right.passedOver.includes("9: It counts 4 rows, and as many are before it: the file is whole."));
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.txt");
    await Deno.writeTextFile(path, `${lines(4).join("\n")}\n`);
    const proofs: string[] = [];
    const open = async (from?: SourcePosition) =>
      await openFileSource({
        path,
        format,
        kind: "trade",
        exchange: "BINANCE",
        assetClass: "crypto",
        timeZone: "UTC",
        clock: { ...FIXED_CLOCK, now: () => Date.UTC(2027, 0, 1) },
        onPassedOver: (_line, proof) => proofs.push(...(proof === null ? [] : [proof])),
      }).open(from);
    for (const size of [1, 2, 3, 4]) {
      const first = await open(), begun = await first.next(size);
      await first.close();
      assert.ok(begun !== null);
      const resumed = await open(begun.next);
      let rows = begun.rows.length;
      for (let batch = await resumed.next(9); batch !== null; batch = await resumed.next(9)) rows += batch.rows.length;
      await resumed.close();
      assert.equal(rows, 4);
    }
    assert.equal(proofs.length, 4);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("rows beside comments, in lots and with thousands apart are those that are parsed one by one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "rows.csv");
    const size = fc.oneof(
      { weight: 60, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(String) },
      fc.constantFrom('"1,200"', '"12,000.5"', '"1,23"', '"0,123"', "1.5", "", '"1 200"', '"9,999,999,999"'),
    );
    const line = fc.oneof(
      { weight: 40, arbitrary: size.map((size) => `ETH-USD,10.5,${size}`) },
      fc.constantFrom("#", "#", '# "', "//ETH-USD,1,2"),
    );
    const plain = { from: "size", grouping: "," }, times = { ...plain, times: 100 };
    for (const [comment, quantity] of [["#", plain], [undefined, plain], [undefined, times]] as const) {
      const { comment: _comment, ...rows } = { form: "delimited", header: "present", comment };
      const format = formatOf([checkMapping({
        name: "mine",
        summary: "x",
        dataType: "trades",
        rows: comment === undefined ? rows : { ...rows, comment },
        fields: {
          symbol: "pair",
          timestamp: { as: "epoch", from: "time", unit: "ms" },
          price: "price",
          quantity,
          currency: { constant: "USD" },
        },
        vendorData: { note: "note" },
      }, "mine.json")]);
      let alike = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(line, { minLength: 40, maxLength: 200, size: "max" }), async (lines) => {
          const rows = lines.map((text, at) => {
            // A row that is a comment differs from others in the first cell alone.
            const start = text === "#" ? "#" : "";
            const cells = start === "" ? text : "ETH-USD,10.5,1";
            return /^[#/]./.test(text) ? text : `${start}n,${1_714_989_600_000 + at},${cells}`;
          });
          const first = "n,1714989600000,ETH-USD,1,1";
          await Deno.writeTextFile(path, ["note,time,pair,price,size", first, ...rows, ""].join("\n"));
          const options = {
            format,
            kind: "trade",
            exchange: "BINANCE",
            assetClass: "crypto",
            timeZone: "UTC",
          } as const;
          const expected = await readAlike(path, options, [100], false);
          const found = await readAlike(path, options, [100], true);
          assert.deepEqual(found.batches, expected.batches);
          alike += found.alike;
        }),
        { numRuns: 20 },
      );
      if (comment === undefined && quantity === plain) assert.ok(alike > 40, `only ${alike} rows were parsed at once`);
      else assert.equal(alike, 0);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a line that looks like a comment is refused with what the mapping could say", async () => {
  const { comment: _comment, ...rows } = { form: "delimited", header: "absent", columns: COLUMNS, comment: "#" };
  const format = formatOf([checkMapping({
    name: "mine",
    summary: "x",
    dataType: "trades",
    rows,
    fields: {
      symbol: "pair",
      timestamp: { as: "epoch", from: "time", unit: "ms" },
      price: "price",
      quantity: "size",
      currency: { constant: "USD" },
    },
  }, "mine.json")]);
  const { rows: [first] } = await readVendorFile({ format, name: "a.csv", lines: ["# vendor", row(1)] });
  assert.ok(first?.ok === false);
  assert.match(first.reason, /rows.comment of the mapping/);
  const headed = formatWith("present", { comment: "%" });
  const refused = await readVendorFile({ format: headed, name: "a.csv", lines: ["# vendor", COLUMNS.join()] }).catch(
    (error) => error,
  );
  assert.match(String(refused), /"comment": "#" under rows/);
});
