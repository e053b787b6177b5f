import assert from "node:assert/strict";
import { join } from "node:path";
import { readCompanyTable } from "./company_table.ts";
import { SourceError, type SourceErrorCode } from "../source.ts";

async function withTable<T>(content: string, run: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "company_info.csv");
    await Deno.writeTextFile(path, content);
    return await run(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readCompanyTable() finds symbols by company number, in any case of the header and any order of the columns", async () => {
  const text = '\ufeffISIN,Symbol,Company_Name,COMPANY_ID\r\nAU1,TFA,"ALPHA, LTD",1001\r\nAU2,TFB,BETA,1002\r\n\r\n';
  const table = await withTable(text, readCompanyTable);
  assert.deepEqual(["1001", "1002", "1003"].map((id) => table.symbolOf(id)), ["TFA", "TFB", null]);
});

for (
  const [what, text, code, pattern] of [
    ["an empty file", "", "bad_header", /company_id and symbol/],
    ["no symbol column", "company_id,name\n1,a\n", "bad_header", /company_id and symbol/],
    ["an empty symbol", "company_id,symbol\n1,\n", "bad_option", /Company 1 .*incomplete/],
    ["a missing column", "company_id,symbol,name\n1,TFA\n", "bad_option", /Company 1 .*incomplete/],
    ["two symbols of one company", "company_id,symbol\n1,TFA\n1,TFB\n", "bad_option", /company 1 is TFA further up/],
    ["an open quote", 'company_id,symbol\n1,"TFA\n', "bad_option", /Line 2 .*unterminated_quote/],
  ] satisfies [string, string, SourceErrorCode, RegExp][]
) {
  Deno.test(`readCompanyTable() refuses ${what}`, async () => {
    await assert.rejects(withTable(text, readCompanyTable), (error) => {
      return error instanceof SourceError && error.code === code && pattern.test(error.message);
    });
  });
}

Deno.test("readCompanyTable() says which file is missing", async () => {
  await assert.rejects(readCompanyTable("/nowhere/company_info.csv"), (error) => {
    return error instanceof SourceError && error.code === "not_found" && /company_info.csv/.test(error.message);
  });
});
