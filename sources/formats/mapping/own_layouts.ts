/**
 * Layouts of columns: the same layout is the same object, since each has encoders of its own.
 *
 * @module
 */
import { type OwnLayout, PLAIN_LAYOUT } from "../../../records/columns/own_layout.ts";

/** Limits the memory for layouts of many different headers; encoders are cheap to make again. */
const MAX_LAYOUTS = 256;

const layouts = new Map<string, OwnLayout>();

/** The one layout that is like another. */
export function sameLayout(layout: OwnLayout): OwnLayout {
  const { eventId, sequence, vendorKeys, ingestion = false, platformSequence = false } = layout;
  if (eventId === "derived" && !sequence && vendorKeys.length === 0 && !ingestion && !platformSequence) {
    return PLAIN_LAYOUT;
  }
  const key = JSON.stringify([eventId, sequence, vendorKeys, ingestion, platformSequence]);
  const known = layouts.get(key);
  if (known !== undefined) return known;
  if (layouts.size >= MAX_LAYOUTS) layouts.clear();
  layouts.set(key, layout);
  return layout;
}
