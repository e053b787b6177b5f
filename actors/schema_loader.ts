/**
 * The schema loader: knows which schema a record type and version has, under which subject it belongs, and asks the
 * registry actor for its id, once for each subject. It is asked when a source starts and when the version changes, never
 * for a batch. A question about a version that the flag has left is dropped: nothing is registered that is not wanted.
 *
 * @module
 */
import { loadSchema } from "../schemas/load.ts";
import { subjectFor } from "../schemas/subjects.ts";
import { DATA_TYPE_OF, type SchemaVersion } from "../schemas/record_types.ts";
import type { Observer } from "../telemetry/events.ts";
import { AnswerDebt } from "./debt.ts";
import { assertNever } from "./kernel/assert_never.ts";
import { KnownEpoch } from "./known_epoch.ts";
import type { ActorContext, ActorRef, ActorSpec, Behaviour, Notice, ReplyPort } from "./kernel/types.ts";
import type {
  IdResolution,
  RegistryMessage,
  SchemaLoaderMessage,
  SchemaRequest,
  SchemaResolution,
} from "./messages.ts";

/** Options of the schema loader. */
export interface SchemaLoaderOptions {
  readonly registry: ActorRef<RegistryMessage>;
  /** Subject pattern or strategy name for each version. */
  readonly subjects: Readonly<Record<SchemaVersion, string>>;
  /** Register this version under `{topic}-value` as well. */
  readonly alsoTopicSubject: SchemaVersion | null;
  readonly observe: Observer;
}

type Internal =
  | { readonly type: "resolved"; readonly lookup: Lookup; readonly subject: string; readonly resolution: IdResolution }
  | { readonly type: "question_lost"; readonly lookup: Lookup; readonly subject: string };

/** A schema being resolved, with everybody who waits for it. */
interface Lookup {
  readonly key: string;
  readonly request: SchemaRequest;
  /** The latest under which it is wanted. */
  epoch: number;
  readonly subject: string;
  /** Subjects that the registry has not answered for yet. */
  readonly open: Set<string>;
  /** The id in `subject`, once known. */
  id: number | null;
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
  readonly #context: ActorContext<SchemaLoaderMessage, Internal>;
  /** By kind, version and subjects: a pattern may give several kinds or topics one subject. */
  readonly #known = new Map<string, SchemaResolution>();
  readonly #lookups = new Map<string, Lookup>();
  readonly #flag = new KnownEpoch();

  constructor(options: SchemaLoaderOptions, context: ActorContext<SchemaLoaderMessage, Internal>) {
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
      default:
        assertNever(message);
    }
  }

  /** Who asked under the epoch before hears at once, and asks under the new one. */
  notice(notice: Notice): void {
    if (!this.#flag.hears(notice)) return;
    for (const lookup of [...this.#lookups.values()]) if (this.#isOver(lookup)) this.#answer(lookup, SUPERSEDED);
  }

  #isOver({ epoch, request: { version } }: Lookup): boolean {
    return this.#flag.isOver({ epoch, version });
  }

  async #resolve(request: SchemaRequest, replyTo: ReplyPort<SchemaResolution>): Promise<void> {
    const subject = this.#subjectOf(request);
    const subjects = [subject];
    if (this.#options.alsoTopicSubject === request.version) subjects.push(`${request.topic}-value`);
    const key = [request.kind, request.version, ...subjects].join(" ");
    const known = this.#known.get(key);
    if (known !== undefined) return replyTo.reply(known);
    const { epoch } = request;
    if (this.#flag.isOver(request)) return replyTo.reply(SUPERSEDED);
    const running = this.#lookups.get(key);
    if (running !== undefined) {
      running.epoch = Math.max(running.epoch, epoch);
      return void running.waiting.push(replyTo);
    }
    const lookup: Lookup = { key, request, epoch, subject, open: new Set(subjects), id: null, waiting: [replyTo] };
    this.#lookups.set(key, lookup);
    for (const each of lookup.open) await this.#ask(lookup, each);
  }

  #subjectOf({ kind, version, topic, assetClass, exchange }: SchemaRequest): string {
    const record = loadSchema(kind, version).fullName;
    const parts = { topic, assetClass, dataType: DATA_TYPE_OF[kind], exchange, record, version };
    return subjectFor(this.#options.subjects[version], parts);
  }

  /** Unless it has been answered meanwhile. */
  async #askAgain(lookup: Lookup, subject: string): Promise<void> {
    if (this.#lookups.get(lookup.key) === lookup) await this.#ask(lookup, subject);
  }

  async #ask(lookup: Lookup, subject: string): Promise<void> {
    const { epoch, request: { kind, version } } = lookup;
    const { text } = loadSchema(kind, version);
    const port = this.#context.replyPort<IdResolution>(
      (resolution): Internal => ({ type: "resolved", lookup, subject, resolution }),
      // The registry actor died with the question in hand.
      (): Internal => ({ type: "question_lost", lookup, subject }),
    );
    const replyTo = new AnswerDebt(port);
    const { signal } = this.#context;
    await this.#options.registry.send({ type: "resolve_id", subject, version, epoch, text, replyTo }, { signal });
  }

  #resolved(lookup: Lookup, answered: { subject: string; resolution: IdResolution }): void | Promise<void> {
    const { key, request: { kind, version }, subject, open } = lookup;
    const { resolution } = answered;
    const { observe } = this.#options;
    // The registry may know of an epoch that this one has not heard of, or of one whose flag is the lookup's own again.
    if (resolution.type === "superseded") return this.#askAgain(lookup, answered.subject);
    if (resolution.type === "refused") {
      const { details } = resolution.error;
      const path = details.path ?? null;
      observe({
        type: "schema_refused",
        stage: "schemas",
        subject: answered.subject,
        version,
        path,
        cause: resolution.error,
      });
      // Not remembered: whoever asks after the subject was mended gets a new answer.
      return this.#answer(lookup, resolution);
    }
    observe({ type: "schema_resolved", stage: "schemas", subject: answered.subject, version, id: resolution.id });
    open.delete(answered.subject);
    const id = answered.subject === subject ? resolution.id : lookup.id;
    lookup.id = id;
    if (open.size > 0 || id === null) return;
    const answer: SchemaResolution = { type: "resolved", schema: { kind, version, subject, id } };
    this.#known.set(key, answer);
    this.#answer(lookup, answer);
  }

  #answer(lookup: Lookup, answer: SchemaResolution): void {
    const { key, waiting } = lookup;
    if (this.#lookups.get(key) === lookup) this.#lookups.delete(key);
    for (const port of waiting.splice(0)) port.reply(answer);
  }
}
