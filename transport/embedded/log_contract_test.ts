import { systemClock } from "../../kernel/clock.ts";
import type { LogContractEnv } from "../../tests/contracts/log_env.ts";
import { logContractCases } from "../../tests/contracts/log_cases.ts";
import { testContract } from "../../tests/contracts/run_cases.ts";
import { openEmbeddedLog } from "./log.ts";

async function open(): Promise<LogContractEnv> {
  const dataDir = await Deno.makeTempDir();
  const connect = () => openEmbeddedLog({ dataDir, clock: systemClock, pollMs: 1 });
  const log = connect();
  let topics = 0;
  return {
    log,
    connect: () => Promise.resolve(connect()),
    freshTopic: () => `topic-${++topics}`,
    faults: {},
    async dispose() {
      await log.close();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}

testContract(logContractCases, { adapter: "EmbeddedLog", open });
