/** Loads into a real Kafka with a real registry, each audited row by row. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { killActor } from "../../kernel/testing.ts";
import type { TreeSnapshot } from "../../kernel/types.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import type { Settings, SettingsInput } from "../../config/settings.ts";
import type { Runtime } from "../../runtime.ts";
import { type AccountTotals } from "../../actors/delivery/account.ts";
import { audit, type AuditReport } from "../../cli/audit/audit.ts";
import { runLoad } from "../../cli/load/load_job.ts";
import type { LoadReport, LoadResult } from "../../cli/load/load_report.ts";
import { generateSample, type Sample } from "../../cli/sample_data.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { type StackHandle, stackRemove, stackUp } from "../../cli/stack/local_stack.ts";
import { killRole, restartRole } from "../support/stack_roles.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { type CompanyTable, readCompanyTable } from "../../sources/formats/company_table.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RowSource } from "../../sources/source.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { type KafkaClientName, openTransport, type Transport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { realStack } from "../support/real_stack.ts";

/** A test's own topics and subjects on the shared servers. */
class LoadBench implements AsyncDisposable {
  readonly events: RuntimeEvent[] = [];
  readonly transport: Transport;
  readonly #unique: string;
  readonly #input: SettingsInput;

  private constructor(unique: string, input: SettingsInput, transport: Transport) {
    this.#unique = unique;
    this.#input = input;
    this.transport = transport;
  }

  static async open(
    servers: { brokers: readonly string[]; registry: string },
    client: KafkaClientName = "kafkajs",
  ): Promise<LoadBench> {
    const unique = crypto.randomUUID().slice(0, 8);
    const pattern = `market.{asset_class}.{data_type}.{exchange}.${unique}`;
    const subject = `${unique}.{data_type}.{version}-value`;
    const input: SettingsInput = {
      client,
      brokers: [...servers.brokers],
      registry: { url: servers.registry },
      topics: { pattern: { v1: pattern, v2: pattern } },
      schemas: { subjects: { v1: subject, v2: subject } },
    };
    const transport = await openTransport(transportOptionsOf(settingsFrom(input, { cwd: "/" })));
    return new LoadBench(unique, input, transport);
  }

  settings(schemaVersion: SchemaVersion): Settings {
    return settingsFrom({ ...this.#input, schemaVersion }, { cwd: "/" });
  }

  topic(dataType: string): string {
    return `market.equities.${dataType}.asx.${this.#unique}`;
  }

  subject(dataType: string, version: SchemaVersion): string {
    return `${this.#unique}.${dataType}.${version}-value`;
  }

  async load(
    sources: readonly RowSource[],
    options: { version?: SchemaVersion; during?: (runtime: Runtime, totals: () => AccountTotals) => Promise<void> } =
      {},
  ): Promise<LoadResult> {
    const { log, registry } = this.transport;
    let during = Promise.resolve();
    const ports = {
      log,
      registry,
      deadLetters: { add: () => Promise.reject(new Error("no row of these files is bad")) },
      observe: (event: RuntimeEvent) => void this.events.push(event),
    };
    const result = await runLoad(this.settings(options.version ?? "v2"), ports, {
      sources,
      signal: new AbortController().signal,
      onStarted: (job) => during = options.during?.(job.runtime, () => job.totals()) ?? during,
    });
    await during;
    return result;
  }

  async audit(
    dataType: string,
    options: { sources: readonly RowSource[]; version: SchemaVersion },
  ): Promise<AuditReport> {
    const { log, registry } = this.transport;
    return await audit({ topic: this.topic(dataType), log, registry, ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport.close();
  }
}

function fileSource(path: string, kind: RecordKind, reference: CompanyTable): RowSource {
  return openFileSource({
    path,
    kind,
    format: kind === "reference_data" ? "csv" : "asx-ticks",
    exchange: "ASX",
    assetClass: "equities",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    reference,
    clock: systemClock,
  });
}

async function withSample(
  options: { rows: number; symbols?: number },
  use: (sample: Sample, reference: CompanyTable) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const sample = await generateSample({ seed: 11, dir, ...options });
    await use(sample, await readCompanyTable(sample.companyInfo));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function assertExact(report: AuditReport, expected: number): void {
  const { found, missing, twice, different, out_of_order, unexpected, undecodable } = report;
  assert.deepEqual(
    { expected: report.expected, found, missing, twice, different, out_of_order, unexpected, undecodable },
    { expected, found: expected, missing: 0, twice: 0, different: 0, out_of_order: 0, unexpected: 0, undecodable: 0 },
  );
}

function assertComplete({ report, errors }: LoadResult, rows: number): LoadReport {
  assert.deepEqual(errors, []);
  const { read, acked, dead_lettered, lost } = report;
  assert.deepEqual({ read, acked, dead_lettered, lost }, { read: rows, acked: rows, dead_lettered: 0, lost: 0 });
  return report;
}

/** Loads every kind as v2, then as v1 into the same topics, and audits both versions of each. */
async function loadBothVersions(
  bench: LoadBench,
  parts: readonly { dataType: string; rows: number; sources: () => RowSource[] }[],
): Promise<void> {
  for (const version of ["v2", "v1"] as const) {
    const rows = parts.reduce((sum, part) => sum + part.rows, 0);
    assertComplete(await bench.load(parts.flatMap(({ sources }) => sources()), { version }), rows);
  }
  const { registry } = bench.transport;
  for (const { dataType, rows, sources } of parts) {
    for (const version of ["v1", "v2"] as const) {
      const report = await bench.audit(dataType, { sources: sources(), version });
      assertExact(report, rows);
      const { id } = await registry.version(bench.subject(dataType, version), "latest");
      assert.deepEqual(report.schema_ids, { [id]: rows }, `every ${version} record has the id of its subject`);
    }
  }
}

/** Runs a function with the registry's global level at BACKWARD, as Confluent's registry has it, and restores the level. */
async function underBackward(transport: Transport, body: () => Promise<void>): Promise<void> {
  const { registry } = transport;
  const before = await registry.compatibility();
  await registry.setCompatibility("BACKWARD");
  try {
    await body();
  } finally {
    await registry.setCompatibility(before ?? "NONE");
  }
}

Deno.test("trades, quotes and reference data as v2, then v1 in the same topics, under BACKWARD: every row exact", async () => {
  const stack = realStack();
  if (stack === null) return;
  await using bench = await LoadBench.open(stack);
  await withSample({ rows: 3_000 }, async (sample, reference) => {
    await underBackward(bench.transport, () =>
      loadBothVersions(bench, [
        {
          dataType: "trades",
          rows: 6_000,
          sources: () => sample.trades.map(({ path }) => fileSource(path, "trade", reference)),
        },
        {
          dataType: "quotes",
          rows: 6_000,
          sources: () => sample.quotes.map(({ path }) => fileSource(path, "quote", reference)),
        },
        {
          dataType: "reference_data",
          rows: 2,
          sources: () => [fileSource(sample.companyInfo, "reference_data", reference)],
        },
      ]));
  });
});

const REAL_TICKS = new URL("../../../shared/data/asx/", import.meta.url);

Deno.test("real ticks as v2, then v1 in the same topics, under BACKWARD: every row exact", async () => {
  const stack = realStack();
  if (stack === null) return;
  const path = (name: string) => decodeURIComponent(new URL(name, REAL_TICKS).pathname);
  const reference = await readCompanyTable(path("reference/company_info.csv")).catch(() => null);
  if (reference === null) {
    return console.log(`skipping the load of real ticks: there are none in ${REAL_TICKS.pathname}`);
  }
  await using bench = await LoadBench.open(stack);
  const files = (kind: RecordKind, names: readonly string[]) => () =>
    names.map((name) => fileSource(path(name), kind, reference));
  await underBackward(bench.transport, () =>
    loadBothVersions(bench, [
      { dataType: "trades", rows: 91_642, sources: files("trade", ["trades/7078.csv", "trades/3153.csv"]) },
      { dataType: "quotes", rows: 77_909, sources: files("quote", ["quotes/7078.csv", "quotes/3153.csv"]) },
      { dataType: "reference_data", rows: 4, sources: files("reference_data", ["reference/company_info.csv"]) },
    ]));
});

/** Resolves when this many rows are acknowledged. */
async function whenAcked(totals: () => AccountTotals, rows: number): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  while (totals().acked < rows) await systemClock.sleep(5, stop);
}

async function whenRunning(runtime: Runtime, path: string): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  const find = (node: TreeSnapshot): TreeSnapshot | undefined =>
    node.path === path ? node : node.children.map(find).find((found) => found !== undefined);
  while (find(runtime.snapshot())?.state !== "running") await systemClock.sleep(5, stop);
}

Deno.test("each kind of actor killed during a load: it ends complete, nothing missing, twice or late", async () => {
  const stack = realStack();
  if (stack === null) return;
  await using bench = await LoadBench.open(stack);
  const rows = 60_000;
  await withSample({ rows, symbols: 1 }, async ({ trades: [file] }, reference) => {
    assert.ok(file !== undefined);
    const paths = [
      `root/producers/${bench.topic("trades")}`,
      "root/converters/converter",
      "root/sources/source-1",
      "root/lookup/registry",
      "root/lookup/schema_loader",
      "root/stores/dead_letters",
    ];
    const result = await bench.load([fileSource(file.path, "trade", reference)], {
      during: async (runtime, totals) => {
        for (const [index, path] of [...paths, ...paths.slice(0, 3)].entries()) {
          await whenAcked(totals, 2_000 + index * 5_000);
          await whenRunning(runtime, path);
          killActor(runtime.system, path);
        }
      },
    });
    assertComplete(result, rows);
    for (const path of paths) {
      const restarts = bench.events.filter((event) => event.type === "restart_scheduled" && event.path === path);
      assert.ok(restarts.length > 0, `${path} was restarted`);
    }
    assertExact(
      await bench.audit("trades", { sources: [fileSource(file.path, "trade", reference)], version: "v2" }),
      rows,
    );
  });
});

async function loadOverKill(client: KafkaClientName): Promise<void> {
  const handle: StackHandle = { cache: cacheDir(), name: `load-${client}-${Deno.pid}`, say: () => {} };
  try {
    const { addresses } = await stackUp(handle, { brokers: 1, shortLived: true });
    await using bench = await LoadBench.open(addresses, client);
    const rows = 120_000;
    await withSample({ rows, symbols: 1 }, async ({ trades: [file] }, reference) => {
      assert.ok(file !== undefined);
      const result = await bench.load([fileSource(file.path, "trade", reference)], {
        during: async (_, totals) => {
          await whenAcked(totals, 20_000);
          await killRole(handle, "broker-1");
          await restartRole(handle, "broker-1");
        },
      });
      assertComplete(result, rows);
      assertExact(
        await bench.audit("trades", { sources: [fileSource(file.path, "trade", reference)], version: "v2" }),
        rows,
      );
    });
  } finally {
    await stackRemove(handle);
  }
}

for (const client of ["kafkajs", "platformatic"] as const) {
  Deno.test(`${client}: the only broker killed -9 during a load and back: it ends complete, nothing missing, twice or late`, async () => {
    if (realStack() !== null) await loadOverKill(client);
  });
}

Deno.test("a subject that refuses the schema: one error names subject, version and field; other topics continue", async () => {
  const stack = realStack();
  if (stack === null) return;
  await using bench = await LoadBench.open(stack);
  const { registry } = bench.transport;
  const subject = bench.subject("trades", "v2");
  const other = {
    type: "record",
    name: "TradeV2",
    namespace: "com.k2.marketdata",
    fields: [{ name: "a", type: "int" }],
  };
  await registry.register(subject, JSON.stringify(other));
  await registry.setCompatibility("BACKWARD", subject);
  await withSample({ rows: 500, symbols: 1 }, async (sample, reference) => {
    const trades = sample.trades.map(({ path }) => fileSource(path, "trade", reference));
    const quotes = sample.quotes.map(({ path }) => fileSource(path, "quote", reference));
    const { report, errors } = await bench.load([...trades, ...quotes]);
    assert.deepEqual(report.topics, { [bench.topic("quotes")]: 500 });
    assert.equal(errors.length, 1);
    const message = String(errors[0]?.cause);
    assert.ok(message.includes(subject), message);
    assert.match(message, /v2/);
    const refusals = bench.events.filter((event) => event.type === "schema_refused");
    assert.equal(refusals.length, 1, "said once");
    assert.equal(refusals[0]?.subject, subject);
    assert.match(refusals[0]?.path ?? "", /^\/fields\/\d+/);
    assertExact(await bench.audit("quotes", { sources: quotes, version: "v2" }), 500);
  });
});

Deno.test("a registry that is down at the start makes the load wait; it begins by itself when the registry comes", async () => {
  const stack = realStack();
  if (stack === null) return;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const registry = `http://127.0.0.1:${port}${new URL(stack.registry).pathname}`;
  await using bench = await LoadBench.open({ brokers: stack.brokers, registry });
  let proxy: Deno.HttpServer | undefined;
  try {
    await withSample({ rows: 500, symbols: 1 }, async (sample, reference) => {
      const trades = sample.trades.map(({ path }) => fileSource(path, "trade", reference));
      const result = await bench.load(trades, {
        during: async () => {
          const stop = AbortSignal.timeout(30_000);
          const said = () => bench.events.filter((event) => event.type === "registry_unavailable").length;
          while (said() < 3) await systemClock.sleep(10, stop);
          proxy = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, (request) => {
            const { pathname, search } = new URL(request.url);
            const { method, headers, body } = request;
            return fetch(new URL(`${pathname}${search}`, stack.registry), { method, headers, body });
          });
        },
      });
      assertComplete(result, 500);
      assert.ok(bench.events.some((event) => event.type === "registry_available"));
      assertExact(await bench.audit("trades", { sources: trades, version: "v2" }), 500);
    });
  } finally {
    await proxy?.shutdown();
  }
});
