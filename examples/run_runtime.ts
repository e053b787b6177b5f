/** Runs the whole actor tree with a file as the source, an observer of one's own, and the account at the end. */
import { lockDataDir, openFileSource, openTransport, settingsFrom, startRuntime } from "tickflume";
import { systemClock, transportOptionsOf } from "tickflume";

const dataDir = Deno.args[0] ?? ".tickflume";
await using _lock = await lockDataDir(dataDir, { command: "run_runtime" });
const settings = settingsFrom({ schemaVersion: "v2", dataDir }, { cwd: Deno.cwd() });
const transport = await openTransport(transportOptionsOf(settings));
const runtime = await startRuntime(settings, {
  log: transport.log,
  registry: transport.registry,
  deadLetters: { add: (letters) => console.log(`${letters.length} rows cannot be written`) },
  observe: (event) => {
    if (event.type === "topic_created") console.log(`${event.topic} has ${event.partitions} partitions`);
  },
});
const source = openFileSource({
  path: `${import.meta.dirname}/data/trades/1001.csv`,
  format: "asx-ticks",
  kind: "trade",
  exchange: "ASX",
  assetClass: "equities",
  symbol: "TFA",
  companyId: "1001",
  currency: "AUD",
  timeZone: "Australia/Sydney",
  clock: systemClock,
});
const loading = await runtime.addSource(source);
console.log(await loading.done);
const { read, acked, dead_lettered, lost } = loading.account.totals();
console.log({ read, acked, dead_lettered, lost });
await runtime.stop();
await transport.close();
