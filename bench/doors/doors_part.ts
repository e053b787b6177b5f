/**
 * The part `doors` of a bench: who runs where, and what is left out.
 *
 * @module
 */
import { goDoorPeers } from "../peers/go_peer.ts";
import { javaScriptDoorPeers } from "../peers/javascript_peer.ts";
import type { PeerSetup } from "../peers/peer_setup.ts";
import { pythonDoorPeers } from "../peers/python_peer.ts";
import { rustDoorPeers } from "../peers/rust_peer.ts";
import type { DoorContestant } from "./door_contestant.ts";
import type { DoorName } from "./doors.ts";
import { GOALS, type GoalSide, sidesOf } from "./goals.ts";
import { missingAt, OWN } from "./own_door.ts";
import type { Entry } from "./run_doors.ts";

/** What is to run. */
export interface DoorsWanted {
  /** What the goals compare, or these doors. */
  readonly doors: "goals" | readonly DoorName[];
  readonly peers: boolean;
  /** Maximum rows of the slowest ones. */
  readonly slowRows: number;
}

/** Who runs where. */
export interface DoorsPlan {
  readonly entries: readonly Entry[];
  readonly leftOut: readonly string[];
}

/** Finds and builds the contestants. Nothing that was asked for is left out without a reason. */
export async function planDoors({ doors, peers, slowRows }: DoorsWanted, setup: PeerSetup): Promise<DoorsPlan> {
  const leftOut: string[] = [];
  const contestants = [OWN, ...(peers || doors === "goals" ? await findPeers(setup, { slowRows, leftOut }) : [])];
  const sides = doors === "goals" ? sidesOf(GOALS) : doors.flatMap((door) => sidesAt(door, contestants));
  const entries: Entry[] = [];
  for (const { door, contestant: name } of sides) {
    const contestant = contestants.find((one) => one.name === name);
    const missing = contestant?.own ? await missingAt(door) : null;
    if (missing !== null) leftOut.push(`${door}: ${missing}`);
    else if (contestant !== undefined) entries.push({ door, contestant });
  }
  return { entries, leftOut };
}

/** Why Kafka Connect is no peer. docs/performance.md says what was tried. */
const CONNECT = "Kafka Connect: its file source makes a text of a line, and no record";

async function findPeers(
  setup: PeerSetup,
  { slowRows, leftOut }: { readonly slowRows: number; readonly leftOut: string[] },
): Promise<DoorContestant[]> {
  const slow = { ...setup, rows: slowRows };
  const found = [
    await rustDoorPeers(setup),
    await goDoorPeers(setup),
    javaScriptDoorPeers(),
    await pythonDoorPeers(slow),
    CONNECT,
  ];
  return found.flatMap((peers) => {
    if (typeof peers !== "string") return peers;
    leftOut.push(peers);
    return [];
  });
}

function sidesAt(door: DoorName, contestants: readonly DoorContestant[]): GoalSide[] {
  return contestants.filter(({ doors }) => doors.includes(door)).map(({ name }) => ({ door, contestant: name }));
}
