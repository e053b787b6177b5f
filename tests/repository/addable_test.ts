/** A program outside the repository that uses tickflume: no message of Deno may be about tickflume's settings. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { copyRepository } from "../../scripts/mutations/copy_repository.ts";

const ROOT = resolve(import.meta.dirname ?? ".", "../..");

const PROGRAM = `
import { buildTradeV2, MarketDataProducer } from "tickflume";
import { convertTradeV2ToV1 } from "tickflume/records";
import { codecFor } from "tickflume/schemas";

const trade = buildTradeV2({
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: "2014-03-10T10:00:06.717+11:00",
  price: "45.67",
  quantity: "1000",
  currency: "AUD",
  side: "BUY",
  vendorData: { company_id: "123" },
});
await using producer = await MarketDataProducer.start({ dataDir: "data" });
const { topic, offset } = await producer.produceTrade("equities", "ASX", trade);
const v1 = convertTradeV2ToV1(trade);
console.log(topic, offset, v1.price.toString(), codecFor("trade", "v1").encode(v1).length > 0);
`;

/** npm packages have scripts; only the program's root can say that they must not run, as README says. */
const ROOT_SETTINGS = { allowScripts: { deny: ["npm:protobufjs"] } };

async function run(cwd: string, main: string, flags: readonly string[] = []) {
  const args = ["run", ...flags, "--allow-read", "--allow-write=data", "--allow-sys=statfs", main];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout).trim(), stderr: text(stderr) };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickflume-added-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function writeJson(path: string, value: unknown): Promise<void> {
  return Deno.writeTextFile(path, JSON.stringify(value));
}

function assertRan({ code, stdout, stderr }: Awaited<ReturnType<typeof run>>): void {
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "market.equities.trades.asx 0n 45.67 true");
  assert.doesNotMatch(stderr, /warning/i);
}

Deno.test("a program adds tickflume through its import map, without a warning", () =>
  inFolder(async (folder) => {
    const doors = ["mod", "records", "schemas"].map((door) => {
      return [door === "mod" ? "tickflume" : `tickflume/${door}`, join(ROOT, `${door}.ts`)];
    });
    await writeJson(join(folder, "deno.json"), { ...ROOT_SETTINGS, imports: Object.fromEntries(doors) });
    await Deno.writeTextFile(join(folder, "main.ts"), PROGRAM);
    assertRan(await run(folder, "main.ts", ["--check"]));
  }));

Deno.test("a program adds tickflume as a member of its workspace, without a warning", () =>
  inFolder(async (folder) => {
    await copyRepository(ROOT, join(folder, "tickflume"));
    await Deno.mkdir(join(folder, "app"));
    await writeJson(join(folder, "deno.json"), { ...ROOT_SETTINGS, workspace: ["./app", "./tickflume"] });
    const { name } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
    await writeJson(join(folder, "app", "deno.json"), { name: "@example/app", version: "0.0.1", exports: "./main.ts" });
    await Deno.writeTextFile(join(folder, "app", "main.ts"), PROGRAM.replaceAll('"tickflume', `"${name}`));
    assertRan(await run(folder, "app/main.ts"));
  }));
