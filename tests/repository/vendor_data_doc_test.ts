/** docs/vendor_data.md, the list of reserved keys, and what mappings make of them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DERIVED_KEYS, SEQUENCE_SCOPES } from "../../sources/formats/mapping/reserved_keys.ts";
import { SHIPPED_MAPPINGS } from "../../sources/formats/shipped_mappings.ts";

const PAGE = Deno.readTextFileSync(join(import.meta.dirname ?? ".", "../../docs/vendor_data.md"));

/** By heading of the page, each key with its meaning. */
function tables(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(
    PAGE.split(/^## /m).slice(1).map((section) => {
      const rows = [...section.matchAll(/^\| `([a-z_0-9]+)` *\| (.*?) *\|$/gm)];
      return [section.split("\n")[0] ?? "", new Map(rows.map(([, key = "", meaning = ""]) => [key, meaning]))];
    }),
  );
}

const SECTIONS = {
  both: "Keys of trades and quotes",
  trades: "Keys of trades",
  quotes: "Keys of quotes",
  reference_data: "Keys of reference data",
} as const;

Deno.test("docs/vendor_data.md has a table for each kind of records, and each key once among those of one record", () => {
  const all = tables();
  assert.deepEqual([...all.keys()], Object.values(SECTIONS));
  for (const section of [SECTIONS.trades, SECTIONS.quotes] as const) {
    const keys = [...all.get(SECTIONS.both)?.keys() ?? [], ...all.get(section)?.keys() ?? []];
    assert.ok(keys.length > 15);
    assert.deepEqual(keys, [...new Set(keys)]);
  }
});

Deno.test("every key that a mapping cannot give is reserved in docs/vendor_data.md", () => {
  const keys = new Set([...tables().values()].flatMap((table) => [...table.keys()]));
  assert.deepEqual(Object.keys(DERIVED_KEYS).filter((key) => !keys.has(key)), []);
});

Deno.test("the scopes of sequences are those of docs/vendor_data.md; the one that it leaves out is the record's own field", () => {
  const meaning = tables().get(SECTIONS.both)?.get("sequence_scope") ?? "";
  const told = [...meaning.matchAll(/`([a-z]+)`/g)].map(([, word]) => word).filter((word) => word !== "sequence");
  assert.deepEqual(["symbol", ...told], [...SEQUENCE_SCOPES]);
});

Deno.test("no shipped mapping uses a key that is reserved for records of another kind", () => {
  const all = tables();
  for (const mapping of SHIPPED_MAPPINGS) {
    if (mapping.fields === "byName") continue;
    const { name, dataType, vendorData = {} } = mapping;
    const other = all.get(dataType === "trades" ? SECTIONS.quotes : SECTIONS.trades);
    assert.deepEqual(Object.keys(vendorData).filter((key) => other?.has(key)), [], name);
  }
});
