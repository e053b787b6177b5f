/**
 * A real Kafka and a real registry on loopback ports, started and ended as a whole or one process at a time.
 *
 * @module
 */
import { join } from "node:path";
import { addressesOf, type StackAddresses } from "./addresses.ts";
import { brokerConfig, type BrokerPorts, scramArguments } from "./broker_config.ts";
import { systemClock } from "../../kernel/clock.ts";
import { ensureJars, jarsCached, type StackJars } from "./downloads.ts";
import { withFileLock } from "./file_lock.ts";
import { ensureKeyStore } from "./key_store.ts";
import { freePorts, portIsFree } from "./ports.ts";
import { brokersKnownBy, registryAnswers } from "./probes.ts";
import { endProcess, isRunning, type StackProcess, startDetached } from "./processes.ts";
import { StackError } from "./stack_error.ts";
import { readState, stackDir, type StackState, writeState } from "./state.ts";
import { javaProgram, requireTools, runProgram } from "./toolchain.ts";

/** Which stack, and where it lives. */
export interface StackHandle {
  readonly cache: string;
  readonly name: string;
  /** Receives lines for the person who waits. */
  readonly say: (line: string) => void;
}

/** Options of {@link stackUp}. */
export interface StackUpOptions {
  /** Absent: as many as the kept data has, else 1. */
  readonly brokers?: 1 | 3;
  /** Keep the data when the stack goes down. */
  readonly keep?: boolean;
  /** Also listen with SASL and with TLS. */
  readonly secure?: boolean;
  /**
   * The stack runs only for minutes, as for tests: Java compiles little, so it starts with half the work and is slower
   * later.
   */
  readonly shortLived?: boolean;
  /** How long the whole stack may take to answer. @default 240 s: on a busy machine Java starts slowly */
  readonly readyWithinMs?: number;
}

/** A stack as it is now. */
export interface StackStatus {
  readonly name: string;
  readonly up: boolean;
  readonly addresses: StackAddresses;
  readonly processes: readonly { readonly role: string; readonly pid: number; readonly running: boolean }[];
  readonly dir: string;
}

const READY_WITHIN_MS = 240_000;
/** If the data is kept, brokers get this long to close their logs. */
const CLOSE_WITHIN_MS = 20_000;

/** Starts the processes that do not run yet. Resolves when every broker knows all others and the registry answers. */
export async function stackUp(
  handle: StackHandle,
  options: StackUpOptions = {},
): Promise<{ addresses: StackAddresses; started: boolean }> {
  const dir = stackDir(handle.cache, handle.name);
  await requireTools({ needMaven: !await jarsCached(handle.cache) });
  const jars = await ensureJars(handle.cache, handle.say);
  return await locked(handle, async () => {
    const state = await stateToStart(handle, options);
    await writeState(dir, state);
    const running = await runningRoles(state);
    const roles = [...state.brokers.map(brokerRole), REGISTRY_ROLE];
    if (roles.every((role) => running.has(role))) return { addresses: addressesOf(state, dir), started: false };
    handle.say(`Starting ${state.brokers.length === 1 ? "a broker" : "3 brokers"} and the registry …`);
    try {
      await Promise.all(state.brokers.map((broker) => prepareBroker(dir, { state, broker, jars })));
      let now = state;
      for (const role of roles) if (!running.has(role)) now = await startRole(dir, { state: now, role, jars });
      await waitUntilReady(dir, now, options.readyWithinMs ?? READY_WITHIN_MS);
      return { addresses: addressesOf(now, dir), started: true };
    } catch (error) {
      await endAll(dir, 0);
      if (!state.keep) await Deno.rename(dir, `${dir}.failed`).catch(() => undefined);
      throw error;
    }
  });
}

/** Ends the stack's processes and waits until they are gone; then removes the data unless it is to be kept. */
export async function stackDown(
  handle: StackHandle,
  options: { keep?: boolean } = {},
): Promise<{ ended: number; kept: boolean; existed: boolean }> {
  const dir = stackDir(handle.cache, handle.name);
  return await locked(handle, async () => {
    const state = await readState(dir);
    await Deno.remove(`${dir}.failed`, { recursive: true }).catch(() => undefined);
    if (state === null) return { ended: 0, kept: false, existed: false };
    const running = await runningRoles(state);
    // The stack was kept and is down already: a second `down` removes the data, unless it asks again to keep it.
    const keep = options.keep ?? (state.keep && running.size > 0);
    await endAll(dir, keep ? CLOSE_WITHIN_MS : 0);
    if (keep) await writeState(dir, { ...state, keep, processes: [] });
    else await Deno.remove(dir, { recursive: true });
    return { ended: running.size, kept: keep, existed: true };
  });
}

/** Ends a stack and removes every trace of it, including its lock. Call only for a name that no other process will use. */
export async function stackRemove(handle: StackHandle): Promise<void> {
  await stackDown(handle);
  await Deno.remove(lockFile(handle)).catch(() => undefined);
}

/** Looks at a stack without a change; `null` if it does not exist. */
export async function stackStatus(handle: Omit<StackHandle, "say">): Promise<StackStatus | null> {
  const dir = stackDir(handle.cache, handle.name);
  const state = await readState(dir);
  if (state === null) return null;
  const running = await runningRoles(state);
  const roles = [...state.brokers.map(brokerRole), REGISTRY_ROLE];
  const pidOf = new Map(state.processes.map((process) => [process.role, process.pid]));
  return {
    name: state.name,
    up: roles.every((role) => running.has(role)),
    addresses: addressesOf(state, dir),
    processes: roles.map((role) => ({ role, pid: pidOf.get(role) ?? 0, running: running.has(role) })),
    dir,
  };
}

/** Names of the existing stacks, up or not. */
export async function stackNames(cache: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(cache, "stacks"))) {
      if (isDirectory && !name.endsWith(".failed")) names.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

const REGISTRY_ROLE = "registry";
const brokerRole = (broker: BrokerPorts) => `broker-${broker.id}`;

/** Does work on a stack while no other command does. */
export function locked<T>(handle: StackHandle, work: () => Promise<T>): Promise<T> {
  return withFileLock(lockFile(handle), work, {
    onWait: () => handle.say(`Waiting for another command on the stack "${handle.name}" …`),
  });
}

/** Beside the stack's folder, not in it: `down` removes that folder while it holds the lock. */
function lockFile({ cache, name }: StackHandle): string {
  return join(cache, "stacks", `${name}.lock`);
}

/** The initial state: the running stack's, the kept data's, or a new one. */
async function stateToStart(handle: StackHandle, options: StackUpOptions): Promise<StackState> {
  const dir = stackDir(handle.cache, handle.name);
  await Deno.remove(`${dir}.failed`, { recursive: true }).catch(() => undefined);
  const old = await readState(dir);
  const running = old === null ? new Set<string>() : await runningRoles(old);
  if (old !== null && (running.size > 0 || old.keep)) {
    requireSameShape(old, options);
    const ports = [...old.brokers.flatMap((broker) => Object.values(broker).slice(1)), old.registryPort];
    const moved = running.size === 0 && !ports.every(portIsFree);
    return {
      ...old,
      ...(moved ? newPorts(old.brokers.length, old.secure) : {}),
      keep: options.keep ?? old.keep,
    };
  }
  if (old !== null) handle.say(`The stack "${handle.name}" ended without "stack down"; its data are thrown away.`);
  await Deno.remove(dir, { recursive: true }).catch(() => undefined);
  const secure = options.secure ?? false;
  const fresh: StackState = {
    format: 1,
    name: handle.name,
    clusterId: newClusterId(),
    secure,
    shortLived: options.shortLived ?? false,
    keep: options.keep ?? false,
    ...newPorts(options.brokers ?? 1, secure),
    processes: [],
  };
  return fresh;
}

function requireSameShape(old: StackState, options: StackUpOptions): void {
  const [brokers, secure] = [options.brokers ?? old.brokers.length, options.secure ?? old.secure];
  if (brokers === old.brokers.length && secure === old.secure) return;
  throw new StackError(
    `The stack "${old.name}" exists with ${old.brokers.length} broker(s), ${old.secure ? "with" : "without"} secure ` +
      `listeners. Run "stack down" first, or give another one a --name.`,
  );
}

function newPorts(count: number, secure: boolean): Pick<StackState, "brokers" | "registryPort"> {
  const perBroker = secure ? 5 : 2;
  const ports = freePorts(count * perBroker + 1);
  const take = () => ports.pop() ?? 0;
  const brokers = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    plain: take(),
    controller: take(),
    ...(secure ? { sasl: take(), tls: take(), saslTls: take() } : {}),
  }));
  return { brokers, registryPort: take() };
}

function newClusterId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  // Kafka wants 16 bytes in URL-safe base64; it would take an id that begins with "-" for a flag.
  const id = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return id.startsWith("-") ? `A${id.slice(1)}` : id;
}

interface RoleOptions {
  readonly state: StackState;
  readonly jars: StackJars;
}

/** Writes a broker's configuration and formats its data folder, unless it is formatted. */
async function prepareBroker(dir: string, options: RoleOptions & { broker: BrokerPorts }): Promise<void> {
  const { state, broker, jars } = options;
  const home = join(dir, brokerRole(broker));
  await Deno.mkdir(home, { recursive: true });
  const keyStore = state.secure ? await ensureKeyStore(join(dir, "tls")) : undefined;
  const dataDir = join(home, "data");
  const config = brokerConfig({ broker, all: state.brokers, dataDir, ...(keyStore ? { keyStore } : {}) });
  await Deno.writeTextFile(join(home, "server.properties"), config);
  if (await Deno.stat(join(dataDir, "meta.properties")).then(() => true, () => false)) return;
  const args = ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", jars.kafkaClassPath, "kafka.tools.StorageTool", "format"];
  args.push("--cluster-id", state.clusterId, "--config", join(home, "server.properties"));
  if (state.secure) args.push(...scramArguments());
  const output = await runProgram(javaProgram("java"), args, { cwd: home });
  if (output?.code !== 0) throw new StackError(`Kafka's StorageTool failed:\n${(output?.text ?? "").trim()}`);
}

/** Starts one process and notes it in the state first of all, so that `down` finds it after any failure. */
export async function startRole(dir: string, options: RoleOptions & { role: string }): Promise<StackState> {
  const { state, role, jars } = options;
  const home = join(dir, role);
  await Deno.mkdir(home, { recursive: true });
  const heap = role === REGISTRY_ROLE ? "256m" : state.brokers.length === 1 ? "1g" : "512m";
  const common = [`-Xmx${heap}`, "-Dfile.encoding=UTF-8", "-Djava.awt.headless=true"];
  // The registry never has much work.
  if (state.shortLived || role === REGISTRY_ROLE) common.push("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  const args = role === REGISTRY_ROLE
    ? [
      ...common,
      `-Dquarkus.http.port=${state.registryPort}`,
      "-Dquarkus.http.host=127.0.0.1",
      `-Dapicurio.datasource.url=jdbc:h2:file:${join(home, "data", "registry")}`,
      "-jar",
      jars.registryJar,
    ]
    : [
      ...common,
      "-Dlog4j2.level=WARN",
      "-cp",
      jars.kafkaClassPath,
      "kafka.Kafka",
      join(home, "server.properties"),
    ];
  const process = await startDetached({
    role,
    program: javaProgram("java"),
    args,
    cwd: home,
    logFile: join(home, "process.log"),
  });
  const next = { ...state, processes: [...state.processes.filter((each) => each.role !== role), process] };
  await writeState(dir, next);
  return next;
}

async function waitUntilReady(dir: string, state: StackState, withinMs: number): Promise<void> {
  const begin = systemClock.monotonic();
  while (true) {
    const known = await Promise.all(state.brokers.map((broker) => brokersKnownBy(broker.plain)));
    const ready = known.every((count) => count === state.brokers.length) && await registryAnswers(state.registryPort);
    if (ready) return;
    const running = await runningRoles(state);
    const ended = state.processes.find((process) => !running.has(process.role));
    const late = systemClock.monotonic() - begin > withinMs;
    if (ended !== undefined || late) {
      const roles = ended === undefined ? state.processes.map((process) => process.role) : [ended.role];
      const logs = await Promise.all(roles.map((role) => logTail(join(dir, role, "process.log"))));
      const what = ended === undefined ? `is not ready after ${withinMs / 1000} s` : `"${ended.role}" ended`;
      throw new StackError(`The stack "${state.name}" did not start: ${what}.\n${logs.join("\n")}`);
    }
    await systemClock.sleep(200);
  }
}

async function logTail(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return [`--- end of ${path}`, ...text.trim().split("\n").slice(-30)].join("\n");
}

/** Names of the processes that run. */
export async function runningRoles(state: StackState): Promise<ReadonlySet<string>> {
  const checks = state.processes.map(async (process) => ({ process, running: await isRunning(process) }));
  return new Set((await Promise.all(checks)).filter((each) => each.running).map((each) => each.process.role));
}

async function endAll(dir: string, patienceMs: number): Promise<void> {
  const processes: readonly StackProcess[] = (await readState(dir))?.processes ?? [];
  await Promise.all(processes.map((process) => endProcess(process, patienceMs)));
}
