/**
 * The surroundings of one run: servers, an optional proxy and an optional registry front, files, settings with topic and
 * subject names that no other run uses, and the audit without the proxy.
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import type { Settings, SettingsInput } from "../../config/settings.ts";
import { audit, type AuditReport } from "../../cli/audit/audit.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import { openTransport, type Transport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { type FaultStack, pause } from "./fault_stack.ts";
import { type Input, prepareInput } from "./input.ts";
import { type JudgedFile, judgeProblems, type JudgeVerdict } from "./judge.ts";
import { KafkaProxy } from "./kafka_proxy.ts";
import { RegistryFront } from "./registry_front.ts";
import type { ScenarioOptions } from "./scenario.ts";

/** The surroundings that a scenario needs. */
export interface BenchNeeds {
  /** @default 1 */
  readonly brokers?: 1 | 3;
  /** The load reaches the broker through a proxy. @default false */
  readonly proxied?: boolean;
  /** The load reaches the registry through a front, which is up unless it is told otherwise. @default none */
  readonly registry?: "up" | "down";
  readonly rows: number;
  /** @default 4 */
  readonly symbols?: number;
  /** Settings besides the addresses and names. */
  readonly settings?: SettingsInput;
  /** Creates the topics beforehand: the brokers lead their partitions in turn. @default the load creates them */
  readonly layout?: { readonly partitions: number; readonly minInsync: 1 | 2 | 3; readonly firstLeader?: number };
}

/** How long more records may take to come, and how often they are counted. */
const PATIENCE_MS = 60_000, LOOK_MS = 100;

/** The surroundings; disposing of them removes topics, files and connections. */
export class Bench implements AsyncDisposable {
  readonly stack: FaultStack;
  readonly input: Input;
  readonly dir: string;
  readonly settings: SettingsInput;
  readonly transport: Transport;
  readonly options: ScenarioOptions;
  readonly startedAt = systemClock.monotonic();
  readonly #unique: string;
  readonly #proxy: KafkaProxy | null;
  readonly #front: RegistryFront | null;
  #kept = false;

  private constructor(
    parts: Pick<Bench, "stack" | "input" | "dir" | "settings" | "transport" | "options"> & {
      readonly unique: string;
      readonly proxy: KafkaProxy | null;
      readonly front: RegistryFront | null;
    },
  ) {
    ({
      stack: this.stack,
      input: this.input,
      dir: this.dir,
      settings: this.settings,
      transport: this.transport,
      options: this.options,
    } = parts);
    this.#unique = parts.unique;
    this.#proxy = parts.proxy;
    this.#front = parts.front;
  }

  static async open(needs: BenchNeeds, options: ScenarioOptions): Promise<Bench> {
    const stack = await options.stacks.of(needs.brokers ?? 1);
    const { brokers: [broker = ""], brokers, registry } = stack.addresses;
    const proxy = needs.proxied ? await KafkaProxy.start(broker) : null;
    const front = needs.registry === undefined ? null : new RegistryFront(registry);
    if (needs.registry === "up") front?.up();
    const unique = crypto.randomUUID().slice(0, 8);
    const names: SettingsInput = {
      topics: { pattern: { v1: patternOf(unique, "v1"), v2: patternOf(unique, "v2") } },
      schemas: { subjects: { v1: subjectOf(unique, "v1"), v2: subjectOf(unique, "v2") } },
    };
    const { client, version } = options;
    const base: SettingsInput = { ...needs.settings, ...names, client, schemaVersion: version };
    // With the usual times: those of a scenario are short on purpose.
    const { kafka: _, ...usual } = base;
    const straight = settingsFrom({ ...usual, brokers: [...brokers], registry: { url: registry } }, { cwd: "/" });
    const dir = await Deno.makeTempDir({ prefix: "tickflume-faults-" });
    const others = needs.settings?.registry;
    const bench = new Bench({
      stack,
      options,
      dir,
      unique,
      proxy,
      front,
      input: await prepareInput({
        dir,
        rows: Math.min(needs.rows, options.maxRows ?? Infinity),
        symbols: needs.symbols ?? 4,
      }),
      settings: {
        ...base,
        brokers: proxy === null ? [...brokers] : [proxy.address],
        registry: { ...(typeof others === "string" ? {} : others), url: front?.url ?? registry },
      },
      transport: await openTransport(transportOptionsOf(straight)),
    });
    if (needs.layout !== undefined) { for (const each of bench.versions) await bench.#makeTopic(each, needs.layout); }
    return bench;
  }

  async #makeTopic(
    version: SchemaVersion,
    { partitions, minInsync, firstLeader = 1 }: Required<BenchNeeds>["layout"],
  ): Promise<void> {
    // The first of a partition's replicas is its leader.
    const count = this.stack.addresses.brokers.length;
    const assignments = Array.from({ length: partitions }, (_, partition) => ({
      partition,
      brokers: Array.from({ length: count }, (_, at) => 1 + (firstLeader - 1 + partition + at) % count),
    }));
    const configs = [{ name: "min.insync.replicas", value: String(minInsync) }];
    await this.stack.withAdmin((admin) => admin.createTopics({ topics: [this.topic(version)], assignments, configs }));
  }

  /** Records in the topics; none while the topics do not exist. */
  async stored(): Promise<number> {
    const { admin } = this.transport.log;
    let count = 0;
    for (const version of this.versions) {
      const name = this.topic(version);
      if (await admin.describeTopic(name) === null) continue;
      for (const { start, end } of await admin.offsets(name)) count += Number(end - start);
    }
    return count;
  }

  /**
   * Resolves when the topics have so many records, those among them that a killed load had sent and that were stored after its
   * death, or when the load has ended. Rejects if no more of them come.
   */
  async whenStored(records: number, signal: AbortSignal): Promise<void> {
    let known = 0, grewAt = systemClock.monotonic();
    while (!signal.aborted) {
      const stored = await this.stored(), now = systemClock.monotonic();
      if (stored >= records) return;
      if (stored > known) [known, grewAt] = [stored, now];
      if (now - grewAt > PATIENCE_MS) {
        throw new Error(
          `The topics have ${stored} of ${records} records, and no more came for ${PATIENCE_MS / 1_000} s`,
        );
      }
      await pause(LOOK_MS, signal);
    }
  }

  get proxy(): KafkaProxy {
    if (this.#proxy === null) throw new Error("The scenario has no proxy");
    return this.#proxy;
  }

  get registry(): RegistryFront {
    if (this.#front === null) throw new Error("The scenario has no front before its registry");
    return this.#front;
  }

  /** The versions that are written. */
  get versions(): readonly SchemaVersion[] {
    const { version } = this.options;
    return version === "both" ? ["v1", "v2"] : [version];
  }

  /** Number of records that a complete load writes. */
  get records(): number {
    return this.input.rows * this.versions.length;
  }

  topic(version: SchemaVersion, dataType = "trades"): string {
    return `market.equities.${dataType}.asx.${this.#unique}.${version}`;
  }

  subject(version: SchemaVersion, dataType = "trades"): string {
    return `${this.#unique}.${dataType}.${version}-value`;
  }

  /** The partition that holds the records of a symbol. */
  async partitionOf(symbol: string): Promise<number> {
    const description = await this.transport.log.admin.describeTopic(this.topic("v2"));
    return partitionFor(new TextEncoder().encode(symbol), description?.partitions ?? 1, "murmur2");
  }

  /** The settings of a load in this process. */
  get checkedSettings(): Settings {
    return settingsFrom(this.settings, { cwd: this.dir });
  }

  /** Leaves the files for a person to inspect. */
  keepFolder(): void {
    this.#kept = true;
  }

  /** Writes the settings to a file, for a load as a process of its own. */
  async configFile(): Promise<string> {
    const path = join(this.dir, "tickflume.json");
    await Deno.writeTextFile(path, JSON.stringify(this.settings));
    return path;
  }

  /** Compares each version's topic with the expected rows. */
  async audit(sources: () => readonly RowSource[] = () => this.input.sources()): Promise<AuditReport[]> {
    const { log, registry } = this.transport;
    const reports: AuditReport[] = [];
    for (const version of this.versions) {
      reports.push(await audit({ topic: this.topic(version), version, sources: sources(), log, registry }));
    }
    return reports;
  }

  /** The independent judge's verdict on each version's topic; null if there is no judge. */
  async verdict(files: readonly JudgedFile[], dataType = "trades"): Promise<JudgeVerdict | null> {
    const topics = this.versions.map((version) => ({ topic: this.topic(version, dataType), version }));
    return await this.options.judge?.verdict({ addresses: this.stack.addresses, topics, files }) ?? null;
  }

  /** The problems in these verdicts. */
  async judge(files: readonly JudgedFile[] = this.input.judged(), dataType = "trades"): Promise<readonly string[]> {
    const verdict = await this.verdict(files, dataType);
    return verdict === null ? [] : judgeProblems(verdict);
  }

  /** Seconds since the bench started. */
  get seconds(): number {
    return Math.round((systemClock.monotonic() - this.startedAt) / 100) / 10;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { log } = this.transport;
    await this.stack.heal();
    for (const topic of await log.admin.listTopics()) {
      if (topic.includes(this.#unique)) await log.admin.deleteTopic(topic);
    }
    await this.transport.close();
    await this.#proxy?.[Symbol.asyncDispose]();
    await this.#front?.[Symbol.asyncDispose]();
    if (!this.#kept) await Deno.remove(this.dir, { recursive: true });
  }
}

const patternOf = (unique: string, version: string) =>
  `market.{asset_class}.{data_type}.{exchange}.${unique}.${version}`;
const subjectOf = (unique: string, version: string) => `${unique}.{data_type}.${version}-value`;
