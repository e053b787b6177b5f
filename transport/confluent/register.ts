/**
 * Registration through @kafkajs/confluent-schema-registry. docs/decisions/registry-client.md says what is put around it.
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

/** A client for one call, so that its caches, which never forget, are not kept. */
function makeLibrary(http: RegistryHttp, question: RegistryQuestion): LibraryRegistry {
  const library = new LibraryRegistry({ host: http.url });
  const { Subject } = library["api"];
  // Before it registers, the library asks for the subject's level and refuses if that is not the one it was given. Which
  // level a subject has is its owner's business: "none" lets it go on, and with `updateConfig: false` nothing is written.
  Subject.config = () => Promise.reject({ status: 404 });
  // Its own HTTP client has no time-out, no bound, and tells a refused connection as status 400.
  Subject.register = async ({ subject, body }: { subject: string; body: unknown }) => {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const answer = await http.request({ method: "POST", path, body }, question);
    const value = shaped(answer, question, isIdAnswer);
    return { data: () => value };
  };
  return library;
}
