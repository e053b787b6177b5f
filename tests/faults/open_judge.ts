import assert from "node:assert/strict";
import { PYTHON_MISSING } from "../support/python_environment.ts";
import { Judge } from "./judge.ts";

/** The judge of a test; null without Python, which is a failure if servers are required. */
export async function openJudge(): Promise<Judge | null> {
  const judge = await Judge.open();
  if (judge === null) {
    assert.notEqual(Deno.env.get("TICKFLUME_REQUIRE_STACK"), "1", PYTHON_MISSING);
    console.log(`Only the product's own audit judges. ${PYTHON_MISSING}`);
  }
  return judge;
}
