/**
 * Checks whether the log-in has every right that a load may need. A load writes, but after a crash and after every doubt
 * it also reads what it wrote: without the right Read it would stop only then.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import type { LogAdmin, TopicRight } from "../../transport/log.ts";
import { type CheckLine, failed, ok, warning } from "./check_line.ts";

/** Name of the line. */
const ACCESS = "access";

/** Maximum number of topics whose missing rights are listed; the rest are counted. */
const TOLD = 2;

interface Lacking {
  readonly topic: string;
  readonly rights: readonly TopicRight[];
}

/** The line on access; `null` if the log knows no rights. */
export async function accessLine(
  admin: LogAdmin,
  { settings, topics, there }: {
    readonly settings: Settings;
    readonly topics: readonly string[];
    readonly there: ReadonlySet<string>;
  },
): Promise<CheckLine | null> {
  const lacking: Lacking[] = [];
  const blind: string[] = [];
  for (const topic of topics) {
    const has = await admin.rights(topic);
    if (has === null) return null;
    const needed: readonly TopicRight[] = there.has(topic) || !settings.topics.create
      ? ["Describe", "Read", "Write"]
      : ["Create", "Describe", "Read", "Write"];
    const rights = needed.filter((right) => !has.has(right));
    if (rights.length > 0) lacking.push({ topic, rights });
    else if (there.has(topic) && !has.has("DescribeConfigs")) blind.push(topic);
  }
  if (lacking.length > 0) return lackingLine(lacking, settings);
  const [first] = blind;
  if (first !== undefined) {
    const message =
      `whether ${first} is compacted or safe from the loss of a broker is not known: DescribeConfigs is missing`;
    return warning(ACCESS, message, aclCommand({ topic: first, rights: ["DescribeConfigs"] }, settings));
  }
  return ok(
    ACCESS,
    `the rights that a load needs are there, on ${topics.length} topic${topics.length === 1 ? "" : "s"}`,
  );
}

function lackingLine(lacking: readonly Lacking[], settings: Settings): CheckLine {
  const told = lacking.slice(0, TOLD).map(({ topic, rights }) => `${rights.join(", ")} on ${topic}`);
  const more = lacking.length > TOLD ? ` and more on ${lacking.length - TOLD} others` : "";
  const unread = lacking.some(({ rights }) => rights.includes("Read"));
  const why = unread ? "; without Read a load stops after a crash or a doubt, when it must read what it wrote" : "";
  const commands = lacking.slice(0, TOLD).map((each) => aclCommand(each, settings));
  return failed(ACCESS, `rights are missing: ${told.join("; ")}${more}${why}`, commands.join("; "));
}

/** Names missing rights in the words of Kafka's own tool. */
function aclCommand({ topic, rights }: Lacking, { kafka: { sasl } }: Settings): string {
  const operations = rights.map((right) => `--operation ${right}`).join(" ");
  return `kafka-acls --bootstrap-server HOST:PORT --add --allow-principal User:${sasl?.username ?? "NAME"} ` +
    `${operations} --topic ${topic}`;
}
