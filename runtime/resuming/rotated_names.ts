/**
 * Names that rotations give to files: what may be the name of a file that had another one, and what must be one, as a file that
 * had the name before was rotated to one of the same form.
 *
 * @module
 */
import { uncompressedName } from "../../storage/compression.ts";

/** What rotations put behind a name: a number, or a date. */
const BEHIND = /^[.\-_~].*\d/;
/** What is another one each time has a digit. */
const VARYING = /[A-Za-z\d]*\d[A-Za-z\d]*/g;
const DATE_DIGITS = 6;
const SEPARATED = /^[^A-Za-z\d]/;

/**
 * Whether a name may be that of a file that had another one: it begins with that one, or as that one before its ending, or ends
 * with it. What is in the file must tell.
 */
export function isRelatedName(other: string, name: string): boolean {
  if (other.startsWith(name)) return true;
  const [stem = ""] = name.split("."), plain = uncompressedName(other);
  if (stem !== "" && plain.startsWith(stem) && SEPARATED.test(plain.slice(stem.length))) return true;
  return plain.endsWith(name) && SEPARATED.test(plain.charAt(plain.length - name.length - 1));
}

/** The names of files that had one name, one after the other. */
export class RotatedNames {
  readonly #name: string;
  readonly #forms: readonly RegExp[];
  /** Whether a file was rotated to a name of which a part is another one each time. */
  readonly isKnown: boolean;

  /** @param rotated the names of files that had it, as far as they are known */
  constructor(name: string, rotated: readonly string[]) {
    this.#name = name;
    this.#forms = rotated.flatMap((other) => formOf(name, uncompressedName(other)) ?? []);
    this.isKnown = this.#forms.length > 0;
  }

  /** Whether a file of that name had the one that they all had. */
  includes(other: string): boolean {
    if (other === this.#name) return false;
    if (other.startsWith(this.#name) && BEHIND.test(other.slice(this.#name.length))) return true;
    const plain = uncompressedName(other);
    return plain !== this.#name && this.#forms.some((form) => form.test(plain));
  }
}

/** Names of the same form as one that a file was rotated to; null if no part of it is another one each time. */
function formOf(name: string, rotated: string): RegExp | null {
  const head = rotated.endsWith(name) ? 0 : sharedHead(name, rotated);
  const tail = sharedHead(reversed(name.slice(head)), reversed(rotated.slice(head)));
  const parts = [...rotated.slice(head, rotated.length - tail).matchAll(VARYING)];
  const first = parts[0], last = parts.at(-1);
  if (first === undefined || last === undefined) return null;
  const begin = head + first.index, end = head + last.index + last[0].length;
  const varying = rotated.slice(begin, end);
  const hasLetters = /[A-Za-z]/.test(varying);
  const digits = /^\d*/.exec(varying)?.[0].length ?? 0;
  // A date, or a time, has as many digits each time.
  const beginning = digits >= DATE_DIGITS
    ? `\\d{${digits}}(?!\\d)`
    : digits > 0
    ? "\\d"
    : "(?=[A-Za-z]*\\d)[A-Za-z\\d]";
  const rest = hasLetters ? "[\\w.:+~\\-]*" : "[\\d_.:+~\\-]*";
  return new RegExp(
    `^${RegExp.escape(rotated.slice(0, begin))}${beginning}${rest}${RegExp.escape(rotated.slice(end))}$`,
  );
}

/** How many characters both begin with. */
function sharedHead(one: string, other: string): number {
  let length = 0;
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1;
  return length;
}

function reversed(text: string): string {
  return [...text].reverse().join("");
}
