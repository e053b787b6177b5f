/**
 * The registry actor: the only actor that calls the schema registry. While the registry is out of reach it waits with
 * growing, jittered delays, says so, and answers all that wait when it is back. A refusal (409, 422, 401 …) is an
 * answer. Questions about a version that the flag has left are dropped. A subject that holds another record is left as
 * it is, at every compatibility level.
 *
 * @module
 */
import type { Observer } from "../../telemetry/events.ts";
import { type CompatibilityLevel, RegistryError, type SchemaRegistry } from "../../transport/registry.ts";
import { otherRecordError, recordInSubject } from "../subject_record.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { ActorContext, ActorSpec, Behaviour, Notice } from "../../kernel/types.ts";
import { KnownEpoch } from "../known_epoch.ts";
import type { IdResolution, RegistryMessage, ResolveId } from "../messages.ts";
import { retryDelayMs, type RetryPolicy } from "../../kernel/backoff.ts";
import { explainRefusal, readOnlyError } from "./schema_refusal.ts";

/** Options of the registry actor. */
export interface RegistryActorOptions {
  readonly registry: SchemaRegistry;
  /** Shown in messages; without credentials. */
  readonly address: string;
  /** False: only look ids up, never register. */
  readonly register: boolean;
  /** Level to set on a subject before registering; null: the registry's settings are left alone. */
  readonly compatibility: CompatibilityLevel | null;
  readonly observe: Observer;
  /** First and longest wait between attempts. */
  readonly retry: RetryPolicy;
  /** In [0, 1); scales the waits. @default Math.random */
  readonly random?: () => number;
}

type Internal =
  | { readonly type: "answered"; readonly request: ResolveId; readonly resolution: IdResolution }
  | { readonly type: "failed"; readonly request: ResolveId; readonly cause: unknown }
  | { readonly type: "try_again" };

/** The maximum wait, also if a registry asks for a longer one. */
const MAX_ASKED_MS = 60_000;

const SUPERSEDED: IdResolution = { type: "superseded" };

/** The spec of the registry actor. */
export function registryActor(options: RegistryActorOptions): ActorSpec<RegistryMessage, Internal> {
  return {
    id: "registry",
    capacity: 64,
    obligation: (message) => message.replyTo,
    start: (context) => new Registry(options, context),
  };
}

class Registry implements Behaviour<RegistryMessage | Internal> {
  readonly #options: RegistryActorOptions;
  readonly #context: ActorContext<Internal>;
  readonly #flag = new KnownEpoch();
  #waiting: ResolveId[] = [];
  #attempt = 0;
  #timerRuns = false;

  constructor(options: RegistryActorOptions, context: ActorContext<Internal>) {
    this.#options = options;
    this.#context = context;
  }

  receive(message: RegistryMessage | Internal): void {
    switch (message.type) {
      case "resolve_id":
        return this.#timerRuns ? void this.#waiting.push(message) : this.#resolve(message);
      case "answered":
        return this.#answered(message.request, message.resolution);
      case "failed":
        return this.#failed(message.request, message.cause);
      case "try_again":
        return this.#tryAgain();
      default:
        assertNever(message);
    }
  }

  notice(notice: Notice): void {
    if (!this.#flag.hears(notice)) return;
    for (const { replyTo } of this.#waiting.filter((request) => this.#flag.isOver(request))) replyTo.reply(SUPERSEDED);
    this.#waiting = this.#waiting.filter((request) => !this.#flag.isOver(request));
  }

  #resolve(request: ResolveId): void {
    if (this.#flag.isOver(request)) return request.replyTo.reply(SUPERSEDED);
    this.#context.pipeToSelf(
      this.#ask(request),
      (resolution): Internal => ({ type: "answered", request, resolution }),
      (cause): Internal => ({ type: "failed", request, cause }),
    );
  }

  async #ask(request: ResolveId): Promise<IdResolution> {
    const { subject, version, record, text, write } = request;
    const { registry, register, compatibility } = this.#options;
    const held = await recordInSubject(registry, subject);
    if (held !== null && held !== record) return { type: "refused", error: otherRecordError(held, request) };
    // What may not be registered must be there, which can be said at once.
    if (!write && register) return { type: "writable" };
    if (compatibility !== null && write) await registry.setCompatibility(compatibility, subject);
    if (register) {
      try {
        return { type: "id", id: await registry.register(subject, text) };
      } catch (cause) {
        if (!(cause instanceof RegistryError)) throw cause;
        // Some registries, in this mode, refuse even a schema that they have.
        const known = cause.code === "read_only" ? await registry.lookup(subject, text) : null;
        if (known !== null) return { type: "id", id: known.id };
        if (cause.code === "read_only") return { type: "refused", error: readOnlyError(cause, { subject, version }) };
        if (cause.code !== "incompatible") throw cause;
        return { type: "refused", error: await explainRefusal(registry, { subject, version, text }, cause) };
      }
    }
    const known = await registry.lookup(subject, text);
    if (known !== null) return write ? { type: "id", id: known.id } : { type: "writable" };
    const message = `Subject "${subject}" does not hold the ${version} schema and schemas.register is false: ` +
      "register it (deno task schemas register), or allow registration";
    return { type: "refused", error: new RegistryError("not_found", message, { subject, version }) };
  }

  #answered({ replyTo }: ResolveId, resolution: IdResolution): void {
    this.#available();
    replyTo.reply(resolution);
  }

  /** Any answer, also a refusal, shows that the registry is back. */
  #available(): void {
    if (this.#attempt === 0) return;
    this.#attempt = 0;
    this.#options.observe({ type: "registry_available", stage: "schemas", registry: this.#options.address });
  }

  #failed(request: ResolveId, cause: unknown): void {
    if (cause instanceof RegistryError && !cause.retriable) {
      this.#available();
      request.replyTo.reply({ type: "refused", error: cause });
      return;
    }
    if (this.#flag.isOver(request)) return request.replyTo.reply(SUPERSEDED);
    this.#waiting.push(request);
    if (this.#timerRuns) return;
    const { retry, random = Math.random, observe, address } = this.#options;
    const asked = cause instanceof RegistryError ? cause.details.retryAfterMs ?? 0 : 0;
    const delayMs = Math.max(retryDelayMs(retry, { attempt: this.#attempt, random }), Math.min(asked, MAX_ASKED_MS));
    this.#attempt += 1;
    observe({
      type: "registry_unavailable",
      stage: "schemas",
      registry: address,
      attempt: this.#attempt,
      delayMs,
      cause,
    });
    this.#timerRuns = true;
    this.#context.schedule(delayMs, { type: "try_again" });
  }

  #tryAgain(): void {
    this.#timerRuns = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) this.#resolve(request);
  }
}
