/**
 * Secrets in what others say. A server that refuses a log-in may repeat it, as it came or in one of the forms in which it
 * travels; the adapters let through nothing that it said without this.
 *
 * @module
 */
import { MASK } from "./mask_credentials.ts";

/** A shorter text stands in ordinary words: it is only masked as part of a log-in that is encoded as a whole. */
const MIN_SECRET_CHARACTERS = 4;
/** What is left of a secret within a longer text in base64, without the characters that depend on its neighbours. */
const MIN_BASE64_CHARACTERS = 6;
const MAX_CAUSES = 20;

/** What is to be masked. */
export interface Login {
  /** Absent for a token. */
  readonly username?: string;
  readonly secret: string;
}

/** Knows the log-ins of one server. */
export class SecretMask {
  readonly #patterns: readonly RegExp[];

  constructor(logins: readonly Login[]) {
    this.#patterns = logins.flatMap(patternsOf);
  }

  /** The text with `***` for every secret in it. */
  text(text: string): string {
    return this.#patterns.reduce((masked, pattern) => masked.replaceAll(pattern, MASK), text);
  }

  /** True if a secret stands in the text. */
  isIn(text: string): boolean {
    return this.text(text) !== text;
  }

  /**
   * What may be kept as the cause of an error: the error itself if nothing in it, its causes and its fields is secret, else
   * a copy of names, messages and stacks.
   */
  cause(error: unknown): unknown {
    return this.#patterns.length > 0 && this.#isInError(error, MAX_CAUSES) ? this.#copy(error, MAX_CAUSES) : error;
  }

  #isInError(value: unknown, depth: number): boolean {
    if (typeof value === "string") return this.isIn(value);
    if (typeof value !== "object" || value === null || depth === 0) return false;
    if (ArrayBuffer.isView(value)) {
      return this.isIn(new TextDecoder().decode(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
    }
    return Object.getOwnPropertyNames(value).some((name) => this.#isInError(Reflect.get(value, name), depth - 1));
  }

  #copy(error: unknown, depth: number): unknown {
    if (!(error instanceof Error) || depth === 0) return this.text(String(error));
    const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
    const copy = new Error(
      this.text(error.message),
      inner === undefined || inner === null ? {} : { cause: this.#copy(inner, depth - 1) },
    );
    copy.name = error.name;
    copy.stack = this.text(error.stack ?? "");
    return copy;
  }
}

function patternsOf({ username, secret }: Login): readonly RegExp[] {
  // What SASL PLAIN and HTTP send: whole first, as nothing of it is left then.
  const wholes = username === undefined ? [] : [`${username}:${secret}`, `\0${username}\0${secret}`];
  const encoded = wholes.map((whole) => base64Of(bytesOf(whole)));
  const alone = [...secret].length < MIN_SECRET_CHARACTERS ? [] : [escapedForms(secret), ...base64Within(secret)];
  return [...encoded.map(base64Pattern), ...alone.map((pattern) => new RegExp(pattern, "gu"))];
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The secret as text, each character as itself or as URLs, JSON and HTML write it. */
function escapedForms(secret: string): string {
  return [...secret].map((character) => {
    const percent = [...bytesOf(character)].map((byte) => `%${anyCase(hex(byte, 2))}`).join("");
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    const forms = [
      RegExp.escape(character),
      percent,
      units.map((unit) => `\\\\u${anyCase(hex(unit, 4))}`).join(""),
      `&#0*${character.codePointAt(0)};`,
      `&#[xX]0*${anyCase(hex(character.codePointAt(0) ?? 0, 1))};`,
      ...(NAMED[character] ?? []),
    ];
    return `(?:${forms.join("|")})`;
  }).join("");
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
const anyCase = (digits: string) => digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/** What has a form of its own in JSON, HTML or a form's URL. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  '"': ['\\\\"', "&quot;"],
  "\\": ["\\\\\\\\"],
  "/": ["\\\\/"],
  "&": ["&amp;"],
  "<": ["&lt;"],
  ">": ["&gt;"],
  "'": ["&apos;"],
  " ": ["\\+"],
  "\t": ["\\\\t"],
};

const SHARED = "[A-Za-z0-9+/_\\-]?";

/** How the secret's base64 looks within that of a longer text, at each of the three places where it may begin. */
function base64Within(secret: string): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = bytesOf("\0".repeat(before) + secret);
    const text = base64Of(bytes);
    const from = Math.ceil(before * 8 / 6);
    const inner = text.slice(from, Math.floor(bytes.length * 8 / 6));
    // A character that holds bits of the secret and of a neighbour goes too.
    const [first, last] = [before === 0 ? "" : SHARED, bytes.length % 3 === 0 ? "" : SHARED];
    return inner.length < MIN_BASE64_CHARACTERS ? [] : [`${first}${base64Source(inner)}${last}=*`];
  });
}

function base64Of(bytes: Uint8Array): string {
  return bytes.toBase64({ omitPadding: true });
}

/** Of an alphabet for URLs too, with or without padding. */
function base64Pattern(text: string): RegExp {
  return new RegExp(`${base64Source(text)}=*`, "gu");
}

const base64Source = (text: string) =>
  text.replaceAll("+", "(?:[+\\-]|%2[bB])").replaceAll("/", "(?:[/_]|%2[fF]|\\\\/)");
