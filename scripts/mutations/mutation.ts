/** One deliberate fault: applied to a copy of the repository, it must turn the named tests red. */
export interface Mutation {
  /** The fault, as a sentence without a subject, e.g. "restarts temporary children". */
  readonly name: string;
  /** The file to break: the end of its path, which no other file has. So an entry survives a move of the file. */
  readonly file: string;
  /** Text that occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The test files that must fail, each by the end of its path. */
  readonly tests: readonly string[];
  /** Permissions of the test run. @default ["--allow-read", "--allow-write", "--allow-env"] */
  readonly flags?: readonly string[];
}
