/** Zip archives, and checksums beside files, through `openFileSource` and the paths that lead to them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { filePositionOf } from "../../records/content/file_position.ts";
import { FIXED_CLOCK } from "../../tests/support/source_input.ts";
import { type RowSource, SourceError, type SourcePosition } from "../source.ts";
import { compress, type Member, zip } from "../../tests/support/compressed_bytes.ts";
import { expandPaths } from "./expand_paths.ts";
import { openFileSource } from "./file_source.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

const encoder = new TextEncoder();
const HEADER = "symbol,timestamp,price,quantity\n";

function csv(rows: number, price = "45.5"): Uint8Array {
  const lines = Array.from(
    { length: rows },
    (_, row) => `BHP,2023-05-05T00:00:00.${String(row).padStart(6, "0")}Z,${price},1\n`,
  );
  return encoder.encode(HEADER + lines.join(""));
}

function open(path: string): RowSource {
  const market = { exchange: "asx", assetClass: "equities", currency: "AUD", timeZone: "Australia/Sydney" } as const;
  return openFileSource({ path, format: "csv", kind: "trade", ...market, clock: FIXED_CLOCK });
}

interface Read {
  readonly ids: readonly string[];
  readonly positions: readonly SourcePosition[];
}

async function read(source: RowSource, from?: SourcePosition): Promise<Read> {
  const reader = await source.open(from);
  const ids: string[] = [], positions: SourcePosition[] = [];
  try {
    for (let batch = await reader.next(7); batch !== null; batch = await reader.next(7)) {
      ids.push(...batch.rows.map((row) => row.ok ? row.messageId : `bad: ${row.reason}`));
      positions.push(JSON.parse(JSON.stringify(batch.next)));
    }
    return { ids, positions };
  } finally {
    await reader.close();
  }
}

function refused(code: string, pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SourceError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  };
}

for (const stored of [false, true]) {
  Deno.test(`a zip archive of one ${stored ? "stored" : "deflated"} file has the rows of that, from any position on`, async () => {
    await inFolder(async (folder) => {
      const plain = join(folder, "trades.csv"), archive = join(folder, "trades.zip");
      await Deno.writeFile(plain, csv(40));
      const junk: Member[] = ["__MACOSX/._trades.csv", "empty/", ".DS_Store", "trades.csv.md5"].map((name) => ({
        name,
        content: encoder.encode(name.endsWith("/") ? "" : "x"),
        stored: true,
      }));
      await Deno.writeFile(archive, zip([...junk, { name: "trades.csv", content: csv(40), stored }]));
      assert.deepEqual(await expandPaths([archive], folder), [archive]);
      const expected = await read(open(plain)), source = open(archive);
      assert.equal(expected.ids.length, 40);
      assert.deepEqual((await read(source)).ids, expected.ids);
      for (const position of (await read(source)).positions) {
        assert.deepEqual((await read(source, position)).ids, expected.ids.slice(filePositionOf(position).row));
      }
    });
  });
}

Deno.test("a zip archive of several files stands for these, by name, and each has a stamp of its own", async () => {
  await inFolder(async (folder) => {
    const archive = join(folder, "2024.zip");
    const members: Member[] = [{ name: "day/b.csv", content: csv(3, "2") }, { name: "a.csv", content: csv(2, "1") }];
    await Deno.writeFile(archive, zip(members));
    const paths = await expandPaths([folder], "/");
    assert.deepEqual(paths, [`${archive}/a.csv`, `${archive}/day/b.csv`]);
    assert.deepEqual(await expandPaths([`${archive}/day/b.csv`], "/"), [`${archive}/day/b.csv`]);
    const sources = paths.map(open), rows = await Promise.all(sources.map((source) => read(source)));
    assert.deepEqual(rows.map(({ ids }) => ids.length), [2, 3]);
    assert.notEqual(sources[0]?.id, sources[1]?.id);
    const stamps = await Promise.all(sources.map(async (source) => {
      const examined = await source.file?.examine();
      examined?.close();
      return examined?.stamp.member;
    }));
    assert.deepEqual(stamps, ["a.csv", "day/b.csv"]);
    await assert.rejects(
      read(open(archive)),
      refused("not_readable", /holds 2 files: name one of them as ARCHIVE\.zip\/day\/b\.csv/),
    );
    await assert.rejects(
      read(open(`${archive}/c.csv`)),
      refused("not_readable", /has no member c\.csv: look at it with unzip -l/),
    );
  });
});

Deno.test("a folder whose name ends in .zip is a folder", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "a.zip"));
    const path = join(folder, "a.zip", "trades.csv");
    await Deno.writeFile(path, csv(2));
    assert.deepEqual(await expandPaths([join(folder, "a.zip")], "/"), [path]);
    assert.equal((await read(open(path))).ids.length, 2);
  });
});

Deno.test("a zip archive that is damaged at any byte gives all of its rows or none", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "trades.zip"), file = zip([{ name: "trades.csv", content: csv(12) }]);
    await Deno.writeFile(path, file);
    const { ids } = await read(open(path));
    const outcomes = new Set<string>();
    for (let at = 4; at < file.length; at += 3) {
      const damaged = file.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      await Deno.writeFile(path, damaged);
      const found = await read(open(path)).catch((error: unknown) => {
        assert.ok(error instanceof SourceError, String(error));
        return error.code;
      });
      // What the directory says twice, and times, may differ without an effect.
      if (typeof found !== "string") assert.deepEqual(found.ids, ids, `byte ${at}`);
      outcomes.add(typeof found === "string" ? found : "whole");
    }
    assert.deepEqual([...outcomes].toSorted(), ["corrupt", "truncated", "whole"]);
    for (let length = 4; length < file.length; length += 7) {
      await Deno.writeFile(path, file.subarray(0, length));
      await assert.rejects(async () => await read(open(path)), refused("truncated", /Get all of it, then run again/));
    }
  });
});

Deno.test("a zip archive that is encrypted, or no archive, is refused with what to do", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "trades.zip");
    await Deno.writeFile(path, zip([{ name: "trades.csv", content: csv(1), encrypted: true }]));
    await assert.rejects(read(open(path)), refused("not_readable", /trades\.csv is encrypted: unzip it first/));
    await Deno.writeFile(path, csv(1));
    assert.throws(() => open(path), refused("wrong_compression", /by its first bytes it is not compressed so/));
    await Deno.writeFile(join(folder, "trades.csv"), zip([{ name: "trades.csv", content: csv(1) }]));
    assert.throws(
      () => open(join(folder, "trades.csv")),
      refused("wrong_compression", /Give it a name that ends in \.zip/),
    );
    await Deno.writeFile(path, zip([{ name: "[Content_Types].xml", content: encoder.encode("<xml/>") }]));
    assert.throws(() => open(path), refused("foreign_format", /an Excel workbook/));
  });
});

const CHECKSUMS: readonly (readonly [suffix: string, algorithm: string])[] = [
  [".CHECKSUM", "sha256"],
  [".sha256", "sha256"],
  [".sha512", "sha512"],
  [".sha1", "sha1"],
  [".md5", "md5"],
];

for (const [suffix, algorithm] of CHECKSUMS) {
  Deno.test(`a file that disagrees with the ${suffix} beside it is not read`, async () => {
    await inFolder(async (folder) => {
      const files: readonly [string, Uint8Array][] = [
        ["a.csv", csv(3)],
        ["b.csv.gz", compress("gzip", csv(3))],
        ["c.zip", zip([{ name: "c.csv", content: csv(3) }])],
      ];
      for (const [name, bytes] of files) {
        const path = join(folder, name), sum = createHash(algorithm).update(bytes).digest("hex");
        await Deno.writeFile(path, bytes);
        for (const text of [`${sum}  ${name}\n`, `${sum} *some/folder/${name}`, `${sum.toUpperCase()}\n`]) {
          await Deno.writeTextFile(path + suffix, text);
          assert.equal((await read(open(path))).ids.length, 3, text);
        }
        await Deno.writeTextFile(
          path + suffix,
          `${sum.replace(/^./, (digit) => digit === "0" ? "1" : "0")}  ${name}\n`,
        );
        await assert.rejects(
          read(open(path)),
          refused("corrupt", new RegExp(`has the ${algorithm} ${sum}, and .* says`)),
        );
        for (const text of ["", "<html>", `${sum}  other.csv`, `${sum}00  ${basename(path)}`]) {
          await Deno.writeTextFile(path + suffix, text);
          await assert.rejects(read(open(path)), refused("corrupt", /has no checksum of .* that is known/));
        }
        await Deno.remove(path + suffix);
      }
    });
  });
}
