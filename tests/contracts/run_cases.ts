/**
 * Turns contract cases into tests of `deno test`.
 *
 * @module
 */

/** The common part of all contract cases. */
export interface ContractCase<Env> {
  readonly name: string;
  readonly requires?: readonly string[];
  run(env: Env): Promise<void>;
}

/** An environment that lists the faults it can cause, and can be disposed of. */
export interface ContractEnv {
  readonly faults: object;
  dispose(): Promise<void>;
}

/** No timer, socket or file may stay open; Deno checks only on request. */
const CLEAN = { sanitizeOps: true, sanitizeResources: true };

/** Options of {@link testContract}. */
export interface ContractOptions<Env> {
  /** Name of the adapter; each test's name begins with it. */
  readonly adapter: string;
  /** Makes an environment for one case. */
  readonly open: () => Promise<Env>;
}

/**
 * Registers a test for each case, each in its own environment. A case with faults that the environment cannot cause says
 * so and ends.
 */
export function testContract<Env extends ContractEnv>(
  cases: readonly ContractCase<Env>[],
  { adapter, open }: ContractOptions<Env>,
): void {
  for (const { name, requires = [], run } of cases) {
    Deno.test(`${adapter}: ${name}`, CLEAN, async () => {
      const env = await open();
      try {
        const missing = requires.filter((fault) => !(fault in env.faults));
        if (missing.length > 0) console.log(`skipped: this adapter's tests cannot provoke ${missing.join(", ")}`);
        else await run(env);
      } finally {
        await env.dispose();
      }
    });
  }
}
