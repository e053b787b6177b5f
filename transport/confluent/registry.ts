/**
 * The registry port on a registry with Confluent's REST API.
 *
 * @module
 */
import { COMPATIBILITY_LEVELS } from "../../schemas/compatibility_level.ts";
import { isSchemaId } from "../../schemas/avro/wire.ts";
import {
  type CompatibilityLevel,
  type CompatibilityVerdict,
  type RegisteredSchema,
  RegistryError,
  type SchemaRegistry,
} from "../registry.ts";
import { errorOf, isAbsent, isObject, type RegistryAnswer, type RegistryQuestion, shaped } from "./answers.ts";
import { RegistryHttp, type RegistryRequest } from "./http.ts";
import type { ConfluentRegistryOptions } from "./options.ts";
import { isApicurio, productOf } from "./product.ts";

class ConfluentRegistry implements SchemaRegistry {
  readonly #http: RegistryHttp;
  /**
   * True for Apicurio, known by the path of its Confluent API. It answers NONE for a subject without a level of its
   * own, and treats a level NONE as no level: the global level then holds.
   */
  readonly #noneIsNoLevel: boolean;

  constructor(http: RegistryHttp) {
    this.#http = http;
    this.#noneIsNoLevel = isApicurio(http.url);
  }

  async register(subject: string, schema: string): Promise<number> {
    const { registerThroughLibrary } = await registration();
    return await registerThroughLibrary(this.#http, { subject, schema });
  }

  async lookup(subject: string, schema: string): Promise<RegisteredSchema | null> {
    const question = { what: `Looking a schema up in subject "${subject}"`, subject, sendsSchema: true };
    const answer = await this.#request({ method: "POST", path: subjectPath(subject), body: { schema } }, question);
    return isAbsent(answer) ? null : registered(answer, question);
  }

  async schemaById(id: number): Promise<string> {
    const question = { what: `Asking for the schema with id ${id}` };
    const answer = await this.#request({ method: "GET", path: `/schemas/ids/${id}` }, question);
    return shaped(answer, question, isSchemaText).schema;
  }

  async subjects(): Promise<readonly string[]> {
    const question = { what: "Listing subjects" };
    return shaped(await this.#request({ method: "GET", path: "/subjects" }, question), question, isTextList);
  }

  async versions(subject: string): Promise<readonly number[]> {
    const question = { what: `Listing the versions of subject "${subject}"`, subject };
    const answer = await this.#request({ method: "GET", path: `${subjectPath(subject)}/versions` }, question);
    if (isAbsent(answer)) return [];
    return [...shaped(answer, question, isNumberList)].sort((a, b) => a - b);
  }

  async version(subject: string, version: number | "latest"): Promise<RegisteredSchema> {
    // Who asks this mostly registers next. If it cannot be loaded, registering says so.
    registration().catch(() => {});
    const question = { what: `Asking for version ${version} of subject "${subject}"`, subject, version: `${version}` };
    const path = `${subjectPath(subject)}/versions/${version}`;
    return registered(await this.#request({ method: "GET", path }, question), question);
  }

  async checkCompatibility(subject: string, schema: string): Promise<CompatibilityVerdict> {
    const question = { what: `Checking a schema against subject "${subject}"`, subject, sendsSchema: true };
    const level = await this.compatibility(subject) ?? await this.compatibility();
    // Without a version in the path, some registries check all versions, others those that the level names.
    const versions = level?.endsWith("_TRANSITIVE") ? "versions" : "versions/latest";
    const path = `/compatibility${subjectPath(subject)}/${versions}?verbose=true`;
    const answer = await this.#request({ method: "POST", path, body: { schema } }, question);
    if (isAbsent(answer)) return { compatible: true, messages: [] };
    const verdict = shaped({ ...answer, text: answer.masked }, question, isVerdict);
    return { compatible: verdict.is_compatible, messages: verdict.messages ?? [] };
  }

  async compatibility(subject?: string): Promise<CompatibilityLevel | null> {
    const whose = subject === undefined ? "" : ` of subject "${subject}"`;
    const question = { what: `Asking for the compatibility level${whose}`, subject };
    const answer = await this.#request({ method: "GET", path: configPath(subject) }, question);
    if (isAbsent(answer) && subject !== undefined) return null;
    const level = shaped(answer, question, isLevel).compatibilityLevel;
    return level === "NONE" && subject !== undefined && this.#noneIsNoLevel ? null : level;
  }

  async setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void> {
    const whose = subject === undefined ? "" : ` of subject "${subject}"`;
    const question = { what: `Setting the compatibility level${whose}`, subject };
    const body = { compatibility: level };
    const answer = await this.#request({ method: "PUT", path: configPath(subject), body }, question);
    // Apicurio treats NONE as no level, and has no subject before its first schema: the level is as wanted already.
    if (level === "NONE" && subject !== undefined && this.#noneIsNoLevel && answer.status === 404) return;
    requireOk(answer, question);
  }

  async deleteSubject(subject: string): Promise<void> {
    const question = { what: `Deleting subject "${subject}"`, subject };
    requireOk(await this.#request({ method: "DELETE", path: subjectPath(subject) }, question), question);
    // Confluent's registry drops the subject's level together with the subject, others keep it.
    const answer = await this.#request({ method: "DELETE", path: configPath(subject) }, question);
    if (!isAbsent(answer)) requireOk(answer, question);
  }

  product(): Promise<string | null> {
    return productOf(this.#http);
  }

  close(): Promise<void> {
    this.#http.close();
    return Promise.resolve();
  }

  #request(request: RegistryRequest, question: RegistryQuestion): Promise<RegistryAnswer> {
    return this.#http.request(request, question);
  }
}

/** Its library takes longer to load than a registry to answer, and only registering needs it. */
const registration = () => import("./register.ts");

const subjectPath = (subject: string) => `/subjects/${encodeURIComponent(subject)}`;
const configPath = (subject?: string) => subject === undefined ? "/config" : `/config/${encodeURIComponent(subject)}`;

function requireOk(answer: RegistryAnswer, question: RegistryQuestion): void {
  if (answer.status !== 200) throw errorOf(answer, question);
}

/** The documented fields of an answer, without those that some registries add. */
function registered(answer: RegistryAnswer, question: RegistryQuestion): RegisteredSchema {
  const { subject, version, id, schema } = shaped(answer, question, isRegisteredSchema);
  return { subject, version, id, schema };
}

function isRegisteredSchema(value: unknown): value is RegisteredSchema {
  return isSchemaText(value) && "subject" in value && typeof value.subject === "string" && "version" in value &&
    Number.isInteger(value.version) && "id" in value && isSchemaId(value.id);
}

function isSchemaText(value: unknown): value is { readonly schema: string } {
  return isObject(value) && typeof value.schema === "string";
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function isNumberList(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isInteger(each));
}

function isVerdict(
  value: unknown,
): value is { readonly is_compatible: boolean; readonly messages?: readonly string[] } {
  return isObject(value) && typeof value.is_compatible === "boolean" &&
    (value.messages === undefined || isTextList(value.messages));
}

function isLevel(value: unknown): value is { readonly compatibilityLevel: CompatibilityLevel } {
  return isObject(value) && COMPATIBILITY_LEVELS.some((level) => level === value.compatibilityLevel);
}

/**
 * Opens a registry. It sends nothing before the first call, so the registry may come up later.
 *
 * @throws {RegistryError} `unreachable` for an invalid address, `unauthenticated` for one that holds a log-in
 */
export function openConfluentRegistry(options: ConfluentRegistryOptions): Promise<SchemaRegistry> {
  return Promise.resolve().then(() => {
    if (!URL.canParse(options.url) || !/^https?:/.test(options.url)) {
      throw new RegistryError("unreachable", "The registry's address is not a URL that begins with http or https");
    }
    const { username, password } = new URL(options.url);
    if (username !== "" || password !== "") {
      throw new RegistryError(
        "unauthenticated",
        "The registry's address holds a user name or password: give them as auth",
      );
    }
    return new ConfluentRegistry(new RegistryHttp(options));
  });
}
