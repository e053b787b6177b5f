import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in the export of dead letters to a topic. */
function fault(name: string, entry: Pick<Mutation, "find" | "replace"> & { readonly file?: string }): Mutation {
  const { file = "topic_export", ...change } = entry;
  const test = file === "export_place" ? "topic_export" : file;
  return { name, file: `cli/dlq/${file}.ts`, tests: [`cli/dlq/${test}_test.ts`], ...change };
}

export const mutations: readonly Mutation[] = [
  fault("sends again what may be there, without reading", {
    find: `    ledger.sendStarted(partition, () => []);`,
    replace: ``,
  }),
  fault("does not look for what a killed export wrote", {
    file: "export_place",
    find: `      ledger.sendStarted(partition, () => []);`,
    replace: ``,
  }),
  fault("notes letters before they are written", {
    find: `        await this.#write(page);
        // Runs even after a stop: the fate of what was written must be known.
        place.moveTo(last.id);`,
    replace: `        place.moveTo(last.id);
        await this.#write(page);`,
  }),
  fault("reads while a client that has failed may still write", {
    find: `this.place.ledger.closing = finished.close().catch(() => {});`,
    replace: `void finished;`,
  }),
  fault("takes a topic that was made again for the same", {
    file: "export_place",
    find: `stored.topicId === id) &&`,
    replace: `stored.topicId !== "") &&`,
  }),
  fault("shares one place among all choices of letters", {
    file: "export_place",
    find: `clusterId(), topic, rule, sourcePart, dataType]`,
    replace: `clusterId(), topic, sourcePart, dataType]`,
  }),
  fault("passes over a letter that is too large", {
    find: `        if (batch.length === 1) throw tooLarge(first.id, refusal);`,
    replace: `        if (batch.length === 1) pending = pending.slice(1);`,
  }),
  fault("gives up never", {
    find: `this.#attempt >= MOST_ATTEMPTS`,
    replace: `this.#attempt >= 1_000`,
  }),
  fault("goes on trying after it was stopped", {
    find: `if (this.#options.signal.aborted || `,
    replace: `if (`,
  }),
  fault("takes the records of another export for its own", {
    file: "letter_record",
    find: ` || texts.get(EXPORT) !== exportId) return null;`,
    replace: `) return null;`,
  }),
  fault("knows a letter by its id alone", {
    file: "letter_record",
    find: "return `${id} ${decoder.decode(key)}`;",
    replace: "return id;",
  }),
  fault("dates a record by the time of recording", {
    file: "letter_record",
    find: `    timestamp,
    headers:`,
    replace: `    timestamp: letter.recordedAt,
    headers:`,
  }),
];
