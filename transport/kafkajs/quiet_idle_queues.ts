/**
 * With nothing pending, kafkajs sets a timer of its request queues to "throttled until" minus now, which is far below zero: it
 * causes a warning on stderr at each connection and a timer that fires every millisecond for ever. Only waiting requests need
 * the timer: importing this module sets it only for them, in all clients of this process.
 *
 * @module
 */
import untypedRequestQueue from "kafkajs/src/network/requestQueue/index.js";

interface LibraryRequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

// The untyped edge: the module is plain JavaScript.
const { prototype }: { readonly prototype: LibraryRequestQueue } = untypedRequestQueue;
const schedule = prototype.scheduleCheckPendingRequests;
prototype.scheduleCheckPendingRequests = function (this: LibraryRequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};
