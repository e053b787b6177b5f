/**
 * Requests to the registry over `fetch`, each with a deadline and a bound on its answer.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import type { Clock } from "../../kernel/clock.ts";
import { isOutOfDescriptors, TOO_MANY_OPEN } from "../../storage/system_limits.ts";
import { SecretMask } from "../../telemetry/secret_mask.ts";
import { RegistryError } from "../registry.ts";
import { malformed, MAX_ANSWER_BYTES, type RegistryAnswer, type RegistryQuestion } from "./answers.ts";
import { authorizationOf, type ConfluentRegistryOptions, type RegistryAuth } from "./options.ts";

/** The media type of Confluent's API. */
const REGISTRY_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";

/** A request of the API. */
export interface RegistryRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the base, beginning with a slash. */
  readonly path: string;
  /** @default the registry's address */
  readonly base?: string;
  readonly body?: unknown;
}

export class RegistryHttp {
  /** Base URL without a slash at its end. */
  readonly url: string;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #mask: SecretMask;
  readonly #closing = new AbortController();

  constructor(options: ConfluentRegistryOptions) {
    this.url = options.url.replace(/\/+$/, "");
    this.#clock = options.clock;
    this.#timeoutMs = options.requestTimeoutMs;
    this.#fetch = options.fetch ?? fetch;
    this.#mask = maskOf(options.auth);
    this.#headers = {
      accept: `${REGISTRY_MEDIA_TYPE}, application/json`,
      ...(options.auth === undefined ? {} : { authorization: authorizationOf(options.auth) }),
    };
  }

  /** Sends a request and reads its answer, of any status. */
  request(
    { method, path, base = this.url, body }: RegistryRequest,
    question: RegistryQuestion,
  ): Promise<RegistryAnswer> {
    return this.#timed(question, async (signal) => {
      const response = await this.#fetch(`${base}${path}`, {
        method,
        redirect: "manual",
        signal,
        headers: { ...this.#headers, ...(body === undefined ? {} : { "content-type": REGISTRY_MEDIA_TYPE }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await boundedText(response, question);
      const retryAfterMs = retryAfter(response.headers.get("retry-after"), this.#clock);
      return { status: response.status, text, masked: this.#mask.text(text), retryAfterMs };
    });
  }

  /** Rejects with `closed` after {@link close}. */
  requireOpen({ what }: RegistryQuestion): void {
    if (this.#closing.signal.aborted) {
      throw new RegistryError("closed", `${what} failed: the registry client is closed`);
    }
  }

  /** Aborts the requests that wait for an answer; they and later ones reject with `closed`. */
  close(): void {
    this.#closing.abort();
  }

  async #timed<T>(question: RegistryQuestion, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.requireOpen(question);
    const late = new AbortController();
    const timer = this.#clock.schedule(this.#timeoutMs, () => late.abort());
    try {
      return await work(AbortSignal.any([late.signal, this.#closing.signal]));
    } catch (error) {
      this.requireOpen(question);
      if (error instanceof RegistryError) throw error;
      const { what, subject } = question;
      const details = { subject, cause: this.#mask.cause(error) };
      if (late.signal.aborted) {
        throw new RegistryError("timed_out", `${what} failed: no answer within ${this.#timeoutMs} ms`, details);
      }
      const reason = this.#mask.text(messageOf(error));
      const next = isOutOfDescriptors(error) ? `; ${TOO_MANY_OPEN}` : "";
      throw new RegistryError(
        "unreachable",
        `${what} failed: ${this.url} cannot be reached: ${reason}${next}`,
        details,
      );
    } finally {
      timer.cancel();
    }
  }
}

/** Seconds, or a date. */
function retryAfter(header: string | null, clock: Clock): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - clock.now());
}

function maskOf(auth: RegistryAuth | undefined): SecretMask {
  if (auth === undefined) return new SecretMask([]);
  return new SecretMask([auth.type === "bearer" ? { secret: auth.token } : { ...auth, secret: auth.password }]);
}

async function boundedText(response: Response, question: RegistryQuestion): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > MAX_ANSWER_BYTES) throw malformed(question, `the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return await new Blob(chunks.map((chunk) => new Uint8Array(chunk))).text();
}
