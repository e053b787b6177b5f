/**
 * The first answer of brokers and registry. A server that has answered once is waited for as long as it takes; an
 * address that never has may be no server's, so that waiting for it ends.
 *
 * @module
 */
import type { Observer } from "../telemetry/events.ts";
import { type Log, LogError, type LogErrorCode } from "../transport/log.ts";
import { RegistryError, type SchemaRegistry } from "../transport/registry.ts";
import { assertNever } from "../kernel/assert_never.ts";
import type { Clock } from "../kernel/clock.ts";
import { retryDelayMs, type RetryPolicy } from "../kernel/backoff.ts";

/** What is asked. */
export type Server = "brokers" | "registry";

/** A server that has not answered in time. */
export interface SilentServer {
  /** Which of the two it is. */
  readonly server: Server;
  /** Its address in the settings. */
  readonly address: string;
  /** What the last try failed with; null if it has not even failed. */
  readonly cause: unknown;
}

/** Brokers or registry have not answered once since the start: their addresses may be wrong. */
export class ConnectError extends Error {
  /** Name of the class, for code that has the error without its class. */
  override readonly name = "ConnectError";
  /**
   * Made when the time for the first answer is over.
   *
   * @param silent those that did not answer, at least one
   * @param addresses those of the settings, also of a server that was not asked; null for an embedded one
   */
  constructor(
    readonly silent: readonly SilentServer[],
    { timeoutMs, addresses }: { readonly timeoutMs: number; readonly addresses: ConnectError["addresses"] },
  ) {
    const parts = silent.map(({ server, address, cause }) => {
      const why = cause instanceof Error ? cause.message : "there is a connection, and nothing comes over it";
      const verb = server === "brokers" ? "have" : "has";
      return `${server} ${address} ${verb} not answered within ${timeoutMs / 1000} s: ${why}`;
    });
    super(parts.join("; "), { cause: silent[0]?.cause });
    this.addresses = addresses;
  }
  /** Addresses in the settings; null for an embedded one. */
  readonly addresses: Readonly<Record<Server, string | null>>;
}

/** The servers to reach: ports with their addresses. An embedded one has no address; what is not asked has no port. */
export interface Unreached {
  readonly addresses: ConnectError["addresses"];
  readonly log?: Pick<Log, "admin"> | undefined;
  readonly registry?: Pick<SchemaRegistry, "compatibility"> | undefined;
}

/** The servers of settings, as an {@link Unreached} names them. */
export function addressesOf(
  { brokers, registry: { url } }: { readonly brokers: readonly string[]; readonly registry: { readonly url?: string } },
): ConnectError["addresses"] {
  return { brokers: brokers.length === 0 ? null : brokers.join(","), registry: url ?? null };
}

/** Options of {@link awaitFirstContact}. */
export interface FirstContactOptions {
  /** How long they may take together; Infinity: for ever. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly observe: Observer;
  /** In [0, 1); scales the waits. @default Math.random */
  readonly random?: () => number;
}

const RETRY: RetryPolicy = { minMs: 200, maxMs: 3_000 };
/** A try that has been under way for so long is reported like one that has failed. */
const SLOW_MS = 5_000;

/** After anything else there is a server that has answered, though it may have refused. */
const NO_ANSWER: ReadonlySet<LogErrorCode> = new Set<LogErrorCode>(["unreachable", "timed_out", "client"]);

/**
 * Resolves when all have answered, be it with a refusal.
 *
 * @throws {ConnectError} If one has not, in time. A try may still be under way then; closing the port ends it.
 */
export async function awaitFirstContact(
  { addresses, log, registry }: Unreached,
  options: FirstContactOptions,
): Promise<void> {
  const { clock, timeoutMs } = options;
  const late = new AbortController();
  const timer = clock.schedule(timeoutMs, () => late.abort());
  const asked = async (server: Server, ask: (() => Promise<unknown>) | undefined) => {
    const address = addresses[server];
    if (ask === undefined || address === null) return null;
    return await silence({ server, address }, { ...options, late: late.signal, ask });
  };
  try {
    const servers = await Promise.all([
      asked("brokers", log && (() => log.admin.clusterId())),
      asked("registry", registry && (() => registry.compatibility())),
    ]);
    const silent = servers.filter((each) => each !== null);
    if (silent.length > 0) throw new ConnectError(silent, { timeoutMs, addresses });
  } finally {
    timer.cancel();
  }
}

type Outcome =
  | { readonly type: "answered" }
  | { readonly type: "failed"; readonly cause: unknown }
  | { readonly type: "late" };

/** Asks until there is an answer, which is null, or until it is too late. */
async function silence(
  server: Omit<SilentServer, "cause">,
  { ask, late, clock, observe, random = Math.random }: FirstContactOptions & {
    readonly ask: () => Promise<unknown>;
    readonly late: AbortSignal;
  },
): Promise<SilentServer | null> {
  const startedAt = clock.monotonic();
  let cause: unknown = null;
  let told = 0;
  const tell = () =>
    observe({
      type: "server_awaited",
      stage: server.server === "brokers" ? "sending" : "schemas",
      ...server,
      attempt: ++told,
      waitedMs: clock.monotonic() - startedAt,
      cause,
    });
  const ended = new AbortController();
  const tooLate = whenAborted(late, ended.signal);
  try {
    for (let attempt = 0;; attempt++) {
      const slow = repeat(clock, tell);
      const outcome = await Promise.race([outcomeOf(ask), tooLate]).finally(() => slow.cancel());
      switch (outcome.type) {
        case "answered":
          return null;
        case "late":
          return { ...server, cause };
        case "failed":
          cause = outcome.cause;
          tell();
          break;
        default:
          assertNever(outcome);
      }
      const delayMs = retryDelayMs(RETRY, { attempt, random });
      if (!await slept(clock, delayMs, late)) return { ...server, cause };
    }
  } finally {
    ended.abort();
  }
}

async function outcomeOf(ask: () => Promise<unknown>): Promise<Outcome> {
  try {
    await ask();
    return { type: "answered" };
  } catch (cause) {
    if (isClosed(cause)) throw cause;
    const unanswered = cause instanceof RegistryError
      ? cause.retriable
      : !(cause instanceof LogError) || NO_ANSWER.has(cause.code);
    return unanswered ? { type: "failed", cause } : { type: "answered" };
  }
}

function isClosed(cause: unknown): boolean {
  return (cause instanceof LogError || cause instanceof RegistryError) && cause.code === "closed";
}

/** Calls back again and again, as long as a try is slow. */
function repeat(clock: Clock, callback: () => void): { cancel(): void } {
  let timer = clock.schedule(SLOW_MS, again);
  function again(): void {
    callback();
    timer = clock.schedule(SLOW_MS, again);
  }
  return { cancel: () => timer.cancel() };
}

/** False if it became too late meanwhile. */
async function slept(clock: Clock, delayMs: number, late: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(delayMs, late);
    return true;
  } catch (cause) {
    if (late.aborted) return false;
    throw cause;
  }
}

function whenAborted(late: AbortSignal, ended: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    if (late.aborted) return resolve({ type: "late" });
    late.addEventListener("abort", () => resolve({ type: "late" }), { once: true, signal: ended });
  });
}
