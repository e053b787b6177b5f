/**
 * Masks secrets in what servers say. A server that refuses a log-in may repeat it, literally or in an encoded form; the
 * adapters pass everything that it says through this mask.
 *
 * @module
 */
import { MASK } from "./mask_credentials.ts";

/** A shorter secret may be part of an ordinary word, so only the encoded log-in as a whole is masked. */
const MIN_SECRET_CHARACTERS = 4;
/**
 * Fewer base64 characters of a secret within a longer text, without those that depend on its neighbours, are not
 * masked.
 */
const MIN_BASE64_CHARACTERS = 6;
const MAX_CAUSES = 20;

/** A log-in to mask. */
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
   * A safe cause for an error: the error itself if nothing in it, its causes and its fields is secret, else a masked
   * copy of names, messages and stacks.
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
  // What SASL PLAIN and HTTP send: the whole first, so that no part of it remains.
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

/** Characters with a special form in JSON, HTML or a form's URL. */
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

/** The secret's base64 within that of a longer text, for each of the three places where it may begin. */
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

/** Matches a base64 text, also in the alphabet for URLs, with or without padding. */
function base64Pattern(text: string): RegExp {
  return new RegExp(`${base64Source(text)}=*`, "gu");
}

const base64Source = (text: string) =>
  text.replaceAll("+", "(?:[+\\-]|%2[bB])").replaceAll("/", "(?:[/_]|%2[fF]|\\\\/)");
