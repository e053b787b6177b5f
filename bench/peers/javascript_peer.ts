/**
 * The peers in TypeScript: what people write with kafkajs or @platformatic/kafka. They run in Deno with the V8 flags of
 * `load`, from the packages of deno.lock.
 *
 * @module
 */
import project from "../../deno.json" with { type: "json" };
import type { ServerAddresses } from "../contestant.ts";
import type { DoorContestant } from "../doors/door_contestant.ts";
import type { DoorName } from "../doors/doors.ts";
import { commandLikeLoad, ROOT } from "../load_task.ts";
import { runMeasured } from "../measured_process.ts";
import { withoutSettings } from "../own_load.ts";
import { peerResult } from "./peer_output.ts";

/** What a peer must do. */
export interface JavaScriptPeerOptions {
  readonly door: DoorName;
  readonly files: readonly string[];
  readonly reference: string;
  readonly servers: ServerAddresses;
  readonly topic: string;
  readonly schemaFile: string;
  readonly schemaId: number;
}

/** The peers by name: their doors and their packages. */
const PEERS = {
  "kafkajs": { doors: ["produce-trades"], packages: ["kafkajs", "@kafkajs/confluent-schema-registry"] },
  "platformatic": {
    doors: ["produce-trades", "csv", "large-csv", "start"],
    packages: ["@platformatic/kafka", "avsc", "csv-parse"],
  },
} as const;

/** The peers, which need nothing that is not there. */
export function javaScriptDoorPeers(): DoorContestant[] {
  return Object.entries(PEERS).map(([name, { doors, packages }]) => ({
    name,
    own: false,
    version: packages.map((name) => project.imports[name].replace("npm:", "")).join(", "),
    doors,
    mostRows: null,
    async run({ door, input: { files, reference }, servers, topic, schema, measure }) {
      const given: JavaScriptPeerOptions = {
        ...{ door, files, reference, servers, topic },
        ...{ schemaFile: schema.file, schemaId: schema.id },
      };
      const command = commandLikeLoad(`bench/peers/javascript/${name}.ts`, JSON.stringify(given));
      return peerResult(name, await runMeasured({ command: withoutSettings(command), cwd: ROOT }, measure));
    },
  }));
}
