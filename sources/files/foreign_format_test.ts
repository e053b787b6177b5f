import assert from "node:assert/strict";
import { refuseForeign } from "./foreign_format.ts";
import { SourceError } from "../source.ts";

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function utf16(text: string, order: "LE" | "BE", width = 2): Uint8Array {
  const at = order === "LE" ? 0 : width - 1;
  return Uint8Array.from(
    [...text].flatMap((character) =>
      Array.from({ length: width }, (_, index) => index === at ? character.charCodeAt(0) : 0)
    ),
  );
}

function refusalOf(head: Uint8Array): string | null {
  try {
    refuseForeign(head, { path: "ticks.csv" });
    return null;
  } catch (error) {
    assert.ok(error instanceof SourceError && error.code === "foreign_format");
    return error.message;
  }
}

const HEADER = "symbol,timestamp,price,quantity";

const FOREIGN: readonly (readonly [name: string, head: Uint8Array, RegExp])[] = [
  ["a part of a split zip archive", bytesOf("PK\x07\x08rest"), /part of a split zip archive.*zip -s 0/],
  ["empty zip", bytesOf("PK\x05\x06\x00\x00"), /an empty zip archive/],
  ["xlsx", bytesOf(`PK\x03\x04${"\x00".repeat(26)}[Content_Types].xml`), /an Excel workbook.*Save it as csv/],
  ["xz", bytesOf("\xfd7zXZ\x00\x00"), /compressed with xz.*xz -dc/],
  ["bzip2", bytesOf("BZh91AY&SY\x00"), /compressed with bzip2.*bzip2 -dc/],
  ["7z", bytesOf("7z\xbc\xaf\x27\x1c"), /a 7z archive/],
  ["rar", bytesOf("Rar!\x1a\x07\x01"), /a rar archive/],
  ["lz4", bytesOf("\x04\x22\x4d\x18d"), /compressed with lz4/],
  ["Arrow", bytesOf("ARROW1\x00\x00"), /an Arrow file/],
  ["Feather", bytesOf("FEA1\x00"), /a Feather file/],
  ["ORC", bytesOf("ORC\x0a\x03"), /an ORC file/],
  ["Avro", bytesOf("Obj\x01\x04"), /an Avro file/],
  ["SQLite", bytesOf("SQLite format 3\x00"), /a SQLite database/],
  ["HDF5", bytesOf("\x89HDF\r\n\x1a\n"), /an HDF5 file/],
  ["tar", bytesOf(`ticks.csv${"\x00".repeat(248)}ustar`), /a tar archive.*tar -xOf/],
  ["PDF", bytesOf("%PDF-1.7"), /a PDF document/],
  ["HTML", bytesOf("\n<!DOCTYPE html><html>"), /an HTML page.*the error page of a download/],
  ["XML", bytesOf("<?xml version='1.0'?>"), /an XML document/],
  ["UTF-16 with a mark", bytesOf("\xff\xfes\x00"), /text in UTF-16,.*iconv -f UTF-16 -t UTF-8/],
  ["big-endian UTF-16 with a mark", bytesOf("\xfe\xff\x00s"), /text in UTF-16,/],
  ["UTF-16LE", utf16(HEADER, "LE"), /text in UTF-16LE/],
  ["UTF-16BE", utf16(HEADER, "BE"), /text in UTF-16BE/],
  ["UTF-32 with a mark", bytesOf("\xff\xfe\x00\x00"), /text in UTF-32,/],
  ["UTF-32LE", utf16(HEADER, "LE", 4), /text in UTF-32LE/],
  ["UTF-32BE", utf16(HEADER, "BE", 4), /text in UTF-32BE/],
  ["old Mac lines", bytesOf(`${HEADER}\rBHP,2024-01-02T10:00:00Z,1,2\r`), /old Mac.*tr '\\r' '\\n'/],
];

for (const [name, head, expected] of FOREIGN) {
  Deno.test(`refuseForeign() knows ${name}, and what to do`, () => {
    assert.match(refusalOf(head) ?? "", expected);
  });
}

Deno.test("refuseForeign() takes what is lines of text, and what is too short to tell", () => {
  for (
    const text of [
      "",
      "P",
      HEADER,
      `\xef\xbb\xbf${HEADER}\n`,
      `${HEADER}\r\nBHP,…\r\n`,
      `${HEADER}\r`,
      '"sym\rbol",timestamp\rx',
      "BZhang,1\n",
      "ORCL,1\n",
      "PK,1\n",
      '{"symbol":"BHP"}\r{"symbol":"BHP"}',
      "03/10/2014,10:00:06.717,36.78,358,0,,\n",
      "\x00abc",
    ]
  ) assert.equal(refusalOf(bytesOf(text)), null, JSON.stringify(text));
});

Deno.test("refuseForeign() says that the content of a compressed file is foreign", () => {
  const refused = (text: string) => () => refuseForeign(bytesOf(text), { path: "t.csv.gz", isContent: true });
  assert.throws(refused("PK\x03\x04"), /What t\.csv\.gz holds, decompressed, is compressed once more, with zip/);
  assert.throws(refused("\x1f\x8b\x08"), /compressed once more, with gzip/);
  assert.doesNotThrow(refused(HEADER));
});
