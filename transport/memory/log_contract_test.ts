import assert from "node:assert/strict";
import type { LogContractEnv, LogFaultHooks } from "../../tests/contracts/log_env.ts";
import { logContractCases } from "../../tests/contracts/log_cases.ts";
import { testContract } from "../../tests/contracts/run_cases.ts";
import { MemoryBroker } from "./broker.ts";
import { MemoryLog } from "./log.ts";

function hooks(broker: MemoryBroker): Required<LogFaultHooks> {
  const { faults } = broker;
  const ongoing = (armed: { release(): void }) => ({ end: () => Promise.resolve(armed.release()) });
  const armed = (_: unknown) => Promise.resolve();
  return {
    refuseNextSend: (code) => armed(faults.next("send", { type: "refuse", code })),
    loseNextAnswer: () => armed(faults.next("send", { type: "unknown", stored: "yes" })),
    loseNextRequest: () => armed(faults.next("send", { type: "unknown", stored: "no" })),
    delayNextRequest: () => Promise.resolve(ongoing(faults.next("send", { type: "unknown", stored: "late" }))),
    holdNextAnswer: () => Promise.resolve(ongoing(faults.next("send", { type: "hang" }))),
    moveLeader: (topic, partition) => armed(faults.leaderChange({ topic, partition })),
    cutOff: () => Promise.resolve(ongoing(faults.unreachable())),
    addPartitions: (topic, total) => Promise.resolve(broker.addPartitions(topic, total)),
    trim: (topic, partition, before) => Promise.resolve(broker.trim(topic, partition, before)),
    loseEnd: (topic, partition, end) => Promise.resolve(broker.loseEnd(topic, partition, end)),
    freezeFollowers: (topic, partition) => Promise.resolve(ongoing(broker.freezeFollowers(topic, partition))),
    compact: (topic) => Promise.resolve(broker.compact(topic)),
  };
}

function open(): Promise<LogContractEnv> {
  const broker = new MemoryBroker();
  const log = new MemoryLog(broker);
  let topics = 0;
  return Promise.resolve({
    log,
    connect: () => Promise.resolve(new MemoryLog(broker)),
    freshTopic: () => `topic-${++topics}`,
    faults: hooks(broker),
    async dispose() {
      await log.close();
      assert.deepEqual(broker.misuses, [], "the cases themselves keep the rule of use");
    },
  });
}

testContract(logContractCases, { adapter: "MemoryLog", open });
