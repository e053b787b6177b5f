/**
 * Message ids: their text, and their places in stored records.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { bytesToUuid, uuidToBytes } from "../../../records/ids/uuid_text.ts";
import { storedMessageId } from "../../../records/ids/stored_identity.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText } from "../fuzz_target.ts";

export const uuids: FuzzTarget = {
  name: "uuids",
  run(input) {
    const text = looseText(input);
    try {
      const found = bytesToUuid(uuidToBytes(text));
      expect(found === text.toLowerCase(), () => `${text} comes back as ${found}`);
      return ACCEPTED;
    } catch (error) {
      if (error instanceof RecordError && error.rule === "not_a_uuid") {
        const valid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) && text.length === 36;
        expect(!valid, () => `${text} is a UUID`);
        return error.rule;
      }
      throw error;
    }
  },
};

export const storedIds: FuzzTarget = {
  name: "stored_ids",
  run(input) {
    const id = storedMessageId({ value: input, headers: [] });
    const header = storedMessageId({ value: null, headers: [["message_id", input]] });
    expect((header !== null) === (input.length === 16), () => "a header of 16 bytes is an id, and nothing else");
    if (id === null) return "no_id";
    expect(new TextEncoder().encode(id).length < input.length, () => "the id is longer than its record");
    return ACCEPTED;
  },
};
