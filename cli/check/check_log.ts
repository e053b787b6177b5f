/**
 * Checks whether the brokers can be reached, and whether the topics are as the settings want them.
 *
 * @module
 */
import { compactionProblem, compactionSteps, isCompacted, mustKeepAll } from "../../config/compacted_topics.ts";
import type { Settings } from "../../config/settings.ts";
import type { Log, TopicDescription } from "../../transport/log.ts";
import type { Session } from "../shared/session.ts";
import type { TargetStream } from "../shared/targets.ts";
import { layoutDifferences } from "../topics/layout_differences.ts";
import { accessLine } from "./check_access.ts";
import { contentLines, CONTENTS } from "./check_contents.ts";
import { type CheckLine, failed, ok, skipped, unusable, warning } from "./check_line.ts";

/** How many replicas and in-sync replicas a topic needs to survive the loss of one broker. */
const SAFE_REPLICAS = 3;
const SAFE_IN_SYNC = 2;

/** Maximum number of topics that a message names; the rest are counted. */
const NAMED = 3;

/** The lines on brokers, replication and topics. `asked`: the user named the streams, so their topics must be there. */
export async function checkLog(
  session: Session,
  wanted: { readonly streams: readonly TargetStream[]; readonly asked: boolean },
): Promise<readonly CheckLine[]> {
  try {
    await using opened = await session.openLog({ impatient: true });
    return await logLines(opened.log, { session, ...wanted });
  } catch (error) {
    return [unusable("brokers", error), ...skipped(["replication", "topics"], "the brokers cannot be used")];
  }
}

async function logLines(
  log: Log,
  { session, streams, asked }: {
    readonly session: Session;
    readonly streams: readonly TargetStream[];
    readonly asked: boolean;
  },
): Promise<readonly CheckLine[]> {
  const { settings } = session;
  const brokers = await log.admin.brokers();
  const names = new Set(await log.admin.listTopics());
  const embedded = settings.brokers.length === 0;
  const where = embedded ? `the embedded log in ${settings.dataDir} can be used` : `${brokers.join(", ")} answer`;
  const lines: CheckLine[] = [ok("brokers", where)];
  const layouts = new Map(streams.map(({ layout }) => [layout.name, layout]));
  const keepAll = new Set(
    streams.filter(({ dataType }) => mustKeepAll(dataType, settings)).map(({ layout }) => layout.name),
  );
  const there: TopicDescription[] = [];
  try {
    for (const name of layouts.keys()) {
      const description = names.has(name) ? await log.admin.describeTopic(name) : null;
      if (description !== null) there.push(description);
    }
  } catch (error) {
    return [...lines, unusable("topics", error), ...skipped(["replication"], "the topics cannot be described")];
  }
  const named = new Set(there.map(({ name }) => name));
  // Without named streams only existing topics are checked.
  const wanted = [...layouts.keys()].filter((name) => asked || named.has(name));
  const access = wanted.length === 0 ? null : await accessLine(log.admin, { settings, topics: wanted, there: named });
  if (access !== null) lines.push(access);
  if (!embedded) lines.push(replicationLine({ brokers: brokers.length, there, settings }));
  const compacted = there.filter(({ name, config }) => keepAll.has(name) && isCompacted(config));
  if (compacted.length > 0) return [...lines, ...compacted.map(compactedLine)];
  const differing = there.flatMap((topic) => {
    const layout = layouts.get(topic.name);
    const differences = layout === undefined ? [] : layoutDifferences(topic, layout);
    return differences.length === 0 ? [] : [`${topic.name} has ${differences.join(", ")}`];
  });
  const missing = [...layouts.keys()].filter((name) => !there.some((topic) => topic.name === name));
  lines.push(topicsLine({ settings, asked, found: there.length, missing, differing }));
  try {
    const held = streams.filter(({ layout }) => named.has(layout.name));
    return [...lines, ...await contentLines(session, { log, streams: held })];
  } catch (error) {
    return [...lines, unusable(CONTENTS, error)];
  }
}

function replicationLine(
  { brokers, there, settings }: {
    readonly brokers: number;
    readonly there: readonly TopicDescription[];
    readonly settings: Settings;
  },
): CheckLine {
  const name = "replication";
  if (brokers < SAFE_REPLICAS) {
    const message = `${brokers} broker${brokers === 1 ? "" : "s"}: the loss of one may lose records`;
    return warning(name, message, `Run at least ${SAFE_REPLICAS} brokers where no record may be lost.`);
  }
  const weak = there.filter(({ replicationFactor, config }) =>
    replicationFactor < SAFE_REPLICAS || Number(config["min.insync.replicas"] ?? SAFE_IN_SYNC) < SAFE_IN_SYNC
  );
  if (weak.length > 0) {
    const message = `the loss of a broker may lose records of ${listed(weak.map((topic) => topic.name))}`;
    const nextStep = `Give them replication factor ${SAFE_REPLICAS} and min.insync.replicas ${SAFE_IN_SYNC}.`;
    return warning(name, message, nextStep);
  }
  const { replicationFactor = SAFE_REPLICAS } = settings.topics;
  if (replicationFactor < SAFE_REPLICAS) {
    const message = `topics.replicationFactor is ${replicationFactor}: the loss of a broker may lose records`;
    const nextStep = `Set it to ${SAFE_REPLICAS}, or leave it out and set default.replication.factor on the brokers.`;
    return warning(name, message, nextStep);
  }
  return ok(name, `${brokers} brokers, no topic below ${SAFE_REPLICAS} replicas`);
}

function topicsLine(
  { settings, asked, found, missing, differing }: {
    readonly settings: Settings;
    readonly asked: boolean;
    readonly found: number;
    readonly missing: readonly string[];
    readonly differing: readonly string[];
  },
): CheckLine {
  const name = "topics";
  if (missing.length > 0 && asked && !settings.topics.create) {
    const message = `${listed(missing)} ${missing.length === 1 ? "is" : "are"} not there, and topics.create is false`;
    return failed(name, message, "Create them, for example with deno task topics ensure.");
  }
  if (differing.length > 0) {
    const nextStep = "Nothing is altered. If that is intended, write it under exchanges in the config file.";
    return warning(name, `these topics differ from the catalogue: ${listed(differing)}`, nextStep);
  }
  const later = missing.length === 0 ? "" : `, ${missing.length} would be created at first use`;
  return ok(name, `${found} there${settings.topics.create ? later : ""}`);
}

function compactedLine({ name: topic, config }: TopicDescription): CheckLine {
  return failed("topics", compactionProblem(topic, config), compactionSteps(topic));
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(", ");
  return names.length <= NAMED ? shown : `${shown} and ${names.length - NAMED} more`;
}
