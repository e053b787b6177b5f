/**
 * The schema loader: knows which schema a record type and version has, under which subject it belongs, and asks the
 * registry actor for its id, once for each subject: the one of the settings, then `{topic}-value`. It is asked when a
 * source starts and when the version changes, whether records could be written, and once more when the first one is there:
 * only then is a schema registered. It is never asked for a batch. A question about a version that the flag has left is
 * dropped: nothing is registered that is not wanted.
 *
 * Before anything is registered or written, the topic is looked at, once for each version: what it holds may be refused.
 *
 * Where `{topic}-value` holds the other version of the record, what the topic holds decides: if it has records of this
 * kind, consumers go by what is there, and the subject stays as it is. If it is empty, they would be given records that
 * they cannot read, and the question is refused.
 *
 * @module
 */
import { loadSchema, recordNamesOf } from "../../schemas/load.ts";
import { type StreamSubjects, streamSubjects } from "../../config/subjects.ts";
import { DATA_TYPE_OF, type SchemaVersion } from "../../schemas/record_types.ts";
import type { Observer } from "../../telemetry/events.ts";
import { LogError } from "../../transport/log.ts";
import { RegistryError } from "../../transport/registry.ts";
import { OTHER_TOPIC_REMEDY, otherSubjectRemedy } from "../subject_record.ts";
import type { TopicContents, TopicSample } from "../../transport/topic_contents.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import { KnownEpoch } from "../known_epoch.ts";
import type { ReplyPort } from "../../kernel/obligation.ts";
import type { ActorContext, ActorRef, ActorSpec, Behaviour, Notice } from "../../kernel/types.ts";
import { retryDelayMs, type RetryPolicy } from "../../kernel/backoff.ts";
import type {
  IdResolution,
  RegistryMessage,
  SchemaLoaderMessage,
  SchemaRefusal,
  SchemaRequest,
  SchemaResolution,
} from "../messages.ts";
import { needsHelp } from "../needs_help.ts";
import { judgeTopic, namesIn, type TopicRules } from "./topic_verdict.ts";

/** Options of the schema loader. */
export interface SchemaLoaderOptions {
  readonly registry: ActorRef<RegistryMessage>;
  /** Subject pattern or strategy name for each version. */
  readonly subjects: Readonly<Record<SchemaVersion, string>>;
  /** Keep the schema in `{topic}-value` too. */
  readonly topicSubject: boolean;
  /** Says what a topic holds; outlives the actor. */
  readonly contents: Pick<TopicContents, "begin" | "sample">;
  /** Which topics are refused. */
  readonly rules: TopicRules;
  readonly observe: Observer;
  /** First and longest wait between looks at a topic. */
  readonly retry: RetryPolicy;
  /** In [0, 1); scales the waits. @default Math.random */
  readonly random?: () => number;
}

type Internal =
  | { readonly type: "resolved"; readonly lookup: Lookup; readonly subject: string; readonly resolution: IdResolution }
  | { readonly type: "question_lost"; readonly lookup: Lookup; readonly subject: string }
  | { readonly type: "topic_read"; readonly lookup: Lookup; readonly sample: TopicSample }
  | { readonly type: "topic_unread"; readonly lookup: Lookup; readonly cause: unknown }
  | { readonly type: "look_again"; readonly lookup: Lookup };

/** A schema being resolved, with all questions that wait for it. */
interface Lookup {
  readonly key: string;
  /** By which the answer is kept. */
  readonly schemaKey: string;
  readonly request: SchemaRequest;
  /** The latest under which it is wanted. */
  epoch: number;
  readonly subjects: StreamSubjects;
  /** Full names of what the topic held, once it was looked at. */
  held: ReadonlySet<string>;
  /** The id in the subject of the settings, once known. */
  id: number | null;
  /** Looks at the topic that have failed. */
  looks: number;
  readonly waiting: ReplyPort<SchemaResolution>[];
}

const SUPERSEDED: SchemaResolution = { type: "superseded" };

/** The spec of the schema loader. */
export function schemaLoaderActor(options: SchemaLoaderOptions): ActorSpec<SchemaLoaderMessage, Internal> {
  return {
    id: "schema_loader",
    capacity: 64,
    obligation: (message) => message.replyTo,
    start: (context) => new SchemaLoader(options, context),
  };
}

class SchemaLoader implements Behaviour<SchemaLoaderMessage | Internal> {
  readonly #options: SchemaLoaderOptions;
  readonly #context: ActorContext<Internal>;
  /** By kind, version, topic and subject: a pattern may give several kinds or topics one subject. */
  readonly #known = new Map<string, SchemaResolution>();
  readonly #lookups = new Map<string, Lookup>();
  readonly #flag = new KnownEpoch();

  constructor(options: SchemaLoaderOptions, context: ActorContext<Internal>) {
    this.#options = options;
    this.#context = context;
  }

  receive(message: SchemaLoaderMessage | Internal): void | Promise<void> {
    switch (message.type) {
      case "resolve_schema":
        return this.#resolve(message.request, message.replyTo);
      case "resolved":
        return this.#resolved(message.lookup, message);
      case "question_lost":
        return this.#askAgain(message.lookup, message.subject);
      case "topic_read":
        return this.#topicRead(message.lookup, message.sample);
      case "topic_unread":
        return this.#topicUnread(message.lookup, message.cause);
      case "look_again":
        return this.#lookAtTopic(message.lookup);
      default:
        assertNever(message);
    }
  }

  /** Answers questions of the earlier epoch at once; their sources ask again under the new one. */
  notice(notice: Notice): void {
    if (!this.#flag.hears(notice)) return;
    for (const lookup of [...this.#lookups.values()]) if (this.#isOver(lookup)) this.#answer(lookup, SUPERSEDED);
  }

  #isOver({ epoch, request: { version } }: Lookup): boolean {
    return this.#flag.isOver({ epoch, version });
  }

  #resolve(request: SchemaRequest, replyTo: ReplyPort<SchemaResolution>): void {
    const subjects = this.#subjectsOf(request);
    const schemaKey = [request.kind, request.version, request.topic, subjects.own].join(" ");
    const { epoch, write } = request;
    const key = write ? schemaKey : `look ${schemaKey}`;
    const known = this.#known.get(schemaKey) ?? this.#known.get(key);
    if (known !== undefined) return replyTo.reply(known);
    if (this.#flag.isOver(request)) return replyTo.reply(SUPERSEDED);
    const running = this.#lookups.get(key);
    if (running !== undefined) {
      running.epoch = Math.max(running.epoch, epoch);
      return void running.waiting.push(replyTo);
    }
    const held = new Set<string>();
    const lookup: Lookup = { key, schemaKey, request, epoch, subjects, held, id: null, looks: 0, waiting: [replyTo] };
    this.#lookups.set(key, lookup);
    this.#lookAtTopic(lookup);
  }

  #subjectsOf({ kind, version, topic, assetClass, exchange }: SchemaRequest): StreamSubjects {
    const { subjects: { [version]: pattern }, topicSubject } = this.#options;
    const record = loadSchema(kind, version).fullName;
    const parts = { topic, assetClass, dataType: DATA_TYPE_OF[kind], exchange, record, version };
    return streamSubjects(parts, { pattern, topicSubject });
  }

  #isOpen(lookup: Lookup): boolean {
    return this.#lookups.get(lookup.key) === lookup;
  }

  /** Unless it has been answered meanwhile. */
  async #askAgain(lookup: Lookup, subject: string): Promise<void> {
    if (this.#isOpen(lookup)) await this.#ask(lookup, subject);
  }

  async #ask(lookup: Lookup, subject: string): Promise<void> {
    const { epoch, request: { kind, version, write }, subjects } = lookup;
    const { text, fullName: record } = loadSchema(kind, version);
    const replyTo = this.#context.replyPort<IdResolution>(
      (resolution): Internal => ({ type: "resolved", lookup, subject, resolution }),
      // The registry actor died with the question in hand.
      (): Internal => ({ type: "question_lost", lookup, subject }),
    );
    const remedy = subject === subjects.own ? otherSubjectRemedy(version) : OTHER_TOPIC_REMEDY;
    const { signal } = this.#context;
    const question = { type: "resolve_id", subject, record, remedy, version, epoch, write, text, replyTo } as const;
    await this.#options.registry.send(question, { signal });
  }

  #resolved(lookup: Lookup, { subject, resolution }: { subject: string; resolution: IdResolution }) {
    const { request: { version }, subjects: { own, ofTopic } } = lookup;
    // The registry may know of an epoch that this one has not heard of, or of one whose flag is the lookup's own again.
    if (resolution.type === "superseded") return this.#askAgain(lookup, subject);
    if (resolution.type === "refused") {
      const { error } = resolution;
      if (subject === ofTopic && isToBeKept(lookup, error)) return this.#keep(lookup, { subject, error });
      return this.#refuse(lookup, { subject, error });
    }
    if (resolution.type === "id") {
      this.#options.observe({ type: "schema_resolved", stage: "schemas", subject, version, id: resolution.id });
      if (subject === own) lookup.id = resolution.id;
    }
    return subject === own && ofTopic !== null ? this.#askAgain(lookup, ofTopic) : this.#finish(lookup);
  }

  #lookAtTopic(lookup: Lookup): void {
    if (!this.#isOpen(lookup)) return;
    this.#context.pipeToSelf(
      this.#options.contents.sample(lookup.request.topic),
      (sample): Internal => ({ type: "topic_read", lookup, sample }),
      (cause): Internal => ({ type: "topic_unread", lookup, cause }),
    );
  }

  #topicRead(lookup: Lookup, sample: TopicSample): Promise<void> | void {
    if (!this.#isOpen(lookup)) return;
    const { request, subjects: { own } } = lookup;
    const { topic, write } = request;
    const { refusal, doubts } = judgeTopic(sample, request, this.#options.rules);
    if (refusal !== null) {
      this.#options.observe({ type: "topic_refused", stage: "schemas", topic, cause: refusal });
      return this.#answer(lookup, { type: "refused", error: refusal });
    }
    // Told once, with the first record.
    for (const { about, text } of write ? doubts : []) {
      this.#options.observe({ type: "topic_doubted", stage: "schemas", topic, about, warning: text });
    }
    lookup.held = namesIn(sample);
    return this.#ask(lookup, own);
  }

  #topicUnread(lookup: Lookup, cause: unknown): void {
    const { retry, random = Math.random, observe } = this.#options;
    const { request: { topic }, subjects: { own: subject } } = lookup;
    if (!this.#isOpen(lookup)) return;
    if (isFinal(cause)) return this.#refuse(lookup, { subject, error: cause });
    const delayMs = retryDelayMs(retry, { attempt: lookup.looks, random });
    lookup.looks += 1;
    observe({ type: "topic_unread", stage: "schemas", topic, attempt: lookup.looks, delayMs, cause });
    this.#context.schedule(delayMs, { type: "look_again", lookup });
  }

  /** The topic's subject has the other version, and the topic has records of the kind. */
  #keep(
    lookup: Lookup,
    { subject, error: { details: { held } } }: { readonly subject: string; readonly error: RegistryError },
  ): void {
    const { kind, version, topic, write } = lookup.request;
    const { fullName: record } = loadSchema(kind, version);
    if (held !== undefined && write) {
      this.#options.observe({ type: "topic_subject_kept", stage: "schemas", topic, subject, held, record });
    }
    this.#finish(lookup);
  }

  /** Not remembered: a source that asks after the subject was mended gets a new answer. */
  #refuse(lookup: Lookup, { subject, error }: { readonly subject: string; readonly error: SchemaRefusal }): void {
    const { version } = lookup.request;
    const path = error instanceof RegistryError ? error.details.path ?? null : null;
    this.#options.observe({ type: "schema_refused", stage: "schemas", subject, version, path, cause: error });
    this.#answer(lookup, { type: "refused", error });
  }

  #finish(lookup: Lookup): void {
    const { schemaKey, request: { kind, version, topic, write }, subjects: { own: subject }, id } = lookup;
    if (!write) {
      // It is looked at once more before the first write.
      this.#known.set(lookup.key, { type: "writable" });
      return this.#answer(lookup, { type: "writable" });
    }
    if (id === null) throw new TypeError(`Subject "${subject}" was asked to be written to and gave no id`);
    this.#options.contents.begin(topic, loadSchema(kind, version).fullName);
    const answer: SchemaResolution = { type: "resolved", schema: { kind, version, subject, id } };
    this.#known.set(schemaKey, answer);
    this.#answer(lookup, answer);
  }

  #answer(lookup: Lookup, answer: SchemaResolution): void {
    const { key, waiting } = lookup;
    if (this.#lookups.get(key) === lookup) this.#lookups.delete(key);
    for (const port of waiting.splice(0)) port.reply(answer);
  }
}

function isToBeKept({ request: { kind }, held: inTopic }: Lookup, { code, details: { held } }: RegistryError): boolean {
  const names = recordNamesOf(kind);
  if (code !== "other_record" || held === undefined || !names.includes(held)) return false;
  return names.some((name) => inTopic.has(name));
}

/** Waiting would not help. */
function isFinal(cause: unknown): cause is SchemaRefusal {
  if (cause instanceof RegistryError) return !cause.retriable;
  return cause instanceof LogError && needsHelp(cause.code);
}
