/**
 * The fault scenarios' own servers, because the scenarios kill, freeze and change them.
 *
 * @module
 */
import { join } from "node:path";
import { systemClock } from "../../kernel/clock.ts";
import { endAbandonedStacks } from "../../cli/stack/abandoned_stacks.ts";
import type { StackAddresses } from "../../cli/stack/addresses.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { ensureJars } from "../../cli/stack/downloads.ts";
import { type StackHandle, stackRemove, stackUp } from "../../cli/stack/local_stack.ts";
import { freezeRole, killRole, restartRole } from "../support/stack_roles.ts";
import { brokersKnownBy } from "../../cli/stack/probes.ts";
import { stackDir } from "../../cli/stack/state.ts";
import { javaProgram, runProgram } from "../../cli/stack/toolchain.ts";
import "../../transport/platformatic/package.ts";
// Must follow package.ts, which loads it as the product does.
import { Admin } from "@platformatic/kafka";

/** On a shared machine a broker needs time. */
const BACK_WITHIN_MS = 300_000;
const POLL_MS = 20;

/** Brokers and a registry that scenarios may break. */
export class FaultStack implements AsyncDisposable {
  readonly #handle: StackHandle;
  readonly addresses: StackAddresses;
  /** Roles that are down or frozen; {@link heal} brings them back. */
  readonly #down = new Set<string>();
  readonly #frozen = new Set<string>();

  private constructor(handle: StackHandle, addresses: StackAddresses) {
    this.#handle = handle;
    this.addresses = addresses;
  }

  static async start(brokers: 1 | 3): Promise<FaultStack> {
    const handle: StackHandle = { cache: cacheDir(), name: `${prefixOf(brokers)}-${Deno.pid}`, say: () => {} };
    try {
      const { addresses } = await stackUp(handle, { brokers, shortLived: true, readyWithinMs: BACK_WITHIN_MS });
      return new FaultStack(handle, addresses);
    } catch (error) {
      await stackRemove(handle);
      throw error;
    }
  }

  /** Kills a broker at once, like a crash. @param id from 1 */
  async kill(id: number): Promise<void> {
    this.#down.add(role(id));
    await killRole(this.#handle, role(id));
  }

  /** Restarts a broker. Resolves when all running brokers know each other. */
  async restart(id: number): Promise<void> {
    await restartRole(this.#handle, role(id));
    this.#down.delete(role(id));
    const late = AbortSignal.timeout(BACK_WITHIN_MS);
    while (await brokersKnownBy(this.#port(id)) < this.addresses.brokers.length - this.#down.size) {
      if (late.aborted) throw new Error(`${role(id)} is not back after ${BACK_WITHIN_MS / 1_000} s`);
      await systemClock.sleep(POLL_MS);
    }
  }

  /** Freezes a broker: its connections stay open, and it answers nothing. */
  async freeze(id: number): Promise<void> {
    this.#frozen.add(role(id));
    await freezeRole(this.#handle, role(id), true);
  }

  async thaw(id: number): Promise<void> {
    await freezeRole(this.#handle, role(id), false);
    this.#frozen.delete(role(id));
  }

  /** Repairs the damage of a scenario: every broker runs again. */
  async heal(): Promise<void> {
    for (const each of [...this.#frozen]) await this.thaw(idOf(each));
    // All at once: one of three brokers alone has no majority, and would never be ready.
    await Promise.all([...this.#down].map((each) => this.restart(idOf(each))));
  }

  /** Ends a broker like a power cut that loses the last bytes of a partition, and restarts it. */
  async loseTail(
    id: number,
    { topic, partition, bytes }: { readonly topic: string; readonly partition: number; readonly bytes: number },
  ): Promise<void> {
    await this.kill(id);
    const folder = join(stackDir(this.#handle.cache, this.#handle.name), role(id), "data", `${topic}-${partition}`);
    const segments = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".log"));
    const last = join(folder, segments.toSorted().at(-1) ?? "");
    const { size: end } = await Deno.stat(last);
    if (end <= bytes) throw new Error(`${last} has ${end} bytes, too few to lose ${bytes}`);
    await Deno.truncate(last, end - bytes);
    await this.restart(id);
  }

  /** Runs a function with a library's own admin client, for calls that the product does not need. */
  async withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin({ clientId: "faults", bootstrapBrokers: [...this.addresses.brokers] });
    try {
      return await use(admin);
    } finally {
      await admin.close();
    }
  }

  /** The broker that leads a partition, from 1. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    return await this.withAdmin(async (admin) => {
      const { topics } = await admin.metadata({ topics: [topic] });
      return topics.get(topic)?.partitions[partition]?.leader ?? -1;
    });
  }

  /** Gives each partition back to its first replica, with Kafka's own tool. */
  async electPreferredLeaders(): Promise<void> {
    const { kafkaClassPath } = await ensureJars(this.#handle.cache, () => {});
    const args = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", kafkaClassPath];
    args.push("org.apache.kafka.tools.LeaderElectionCommand", "--election-type", "preferred");
    args.push("--all-topic-partitions", "--bootstrap-server", this.addresses.brokers.join(","));
    const output = await runProgram(javaProgram("java"), args);
    if (output?.code !== 0) throw new Error(`The election failed: ${output?.text ?? "no java"}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A frozen process would not even end.
    for (const each of [...this.#frozen]) await this.thaw(idOf(each));
    await stackRemove(this.#handle);
  }

  #port(id: number): number {
    return Number(this.addresses.brokers[id - 1]?.split(":")[1]);
  }
}

const role = (id: number) => `broker-${id}`;
const idOf = (name: string) => Number(name.slice("broker-".length));

/** A run that was killed leaves its servers behind; its process id identifies them. */
export async function endFaultStacks(): Promise<void> {
  const handle = { cache: cacheDir(), say: () => {} };
  for (const brokers of [1, 3] as const) await endAbandonedStacks(handle, prefixOf(brokers));
}

const prefixOf = (brokers: 1 | 3) => `faults${brokers}`;

/** Stacks by their number of brokers; each starts when a scenario first needs it. */
export class FaultStacks implements AsyncDisposable {
  readonly #started = new Map<1 | 3, Promise<FaultStack>>();
  #ended = false;

  /** The stack, with every broker up. */
  async of(brokers: 1 | 3): Promise<FaultStack> {
    if (this.#ended) throw new Error("The run is ending: no servers are started any more");
    const starting = this.#started.get(brokers) ?? FaultStack.start(brokers);
    this.#started.set(brokers, starting);
    // If it did not start, the next scenario starts it anew.
    starting.catch(() => this.#started.delete(brokers));
    const stack = await starting;
    await stack.heal();
    return stack;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    // A stack that did not start has ended itself, and its scenario has said why.
    for (const starting of await Promise.allSettled(this.#started.values())) {
      if (starting.status === "fulfilled") await starting.value[Symbol.asyncDispose]();
    }
  }
}

/** Waits for the time, or less if the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(ms, signal).catch(() => undefined);
}
