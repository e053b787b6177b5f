/**
 * Registration through @kafkajs/confluent-schema-registry. docs/decisions/registry-client.md says what this file adds
 * to it.
 *
 * @module
 */
import { SchemaRegistry as LibraryRegistry, SchemaType } from "@kafkajs/confluent-schema-registry";
import { messageOf } from "../../kernel/message_of.ts";
import { isSchemaId } from "../../schemas/avro/wire.ts";
import { RegistryError } from "../registry.ts";
import { isObject, type RegistryQuestion, shaped } from "./answers.ts";
import type { RegistryHttp } from "./http.ts";

interface IdAnswer {
  readonly id: number;
}

const isIdAnswer = (value: unknown): value is IdAnswer => isObject(value) && isSchemaId(value.id);

/** Registers the text unchanged and returns its id. */
export async function registerThroughLibrary(
  http: RegistryHttp,
  { subject, schema }: { readonly subject: string; readonly schema: string },
): Promise<number> {
  const question = { what: `Registering a schema for subject "${subject}"`, subject, sendsSchema: true };
  http.requireOpen(question);
  const library = makeLibrary(http, question);
  try {
    const { id } = await library.register({ type: SchemaType.AVRO, schema }, { subject, updateConfig: false });
    return id;
  } catch (cause) {
    if (cause instanceof RegistryError) throw cause;
    // Nothing was sent: the library, or avsc inside it, does not take the text.
    const reason = messageOf(cause);
    throw new RegistryError("invalid_schema", `${question.what} failed: ${reason}`, { subject, cause });
  }
}

/** Makes a client for one call, since its caches never forget anything. */
function makeLibrary(http: RegistryHttp, question: RegistryQuestion): LibraryRegistry {
  const library = new LibraryRegistry({ host: http.url });
  const { Subject } = library["api"];
  // Before it registers, the library asks for the subject's level and refuses if that is not the one it was given. The
  // owner of a subject chooses its level, so "none" lets the library proceed, and with `updateConfig: false` it writes none.
  Subject.config = () => Promise.reject({ status: 404 });
  // The library's HTTP client has no time-out and no size limit, and reports a refused connection as status 400.
  Subject.register = async ({ subject, body }: { subject: string; body: unknown }) => {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await http.request({ method: "POST", path, body }, question);
    const value = shaped(answer, question, isIdAnswer);
    return { data: () => value };
  };
  return library;
}
