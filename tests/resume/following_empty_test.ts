/** Files that are followed before they have a row: they are filled and rotated while no process follows, or stay empty. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type FollowScene, followScene, HEADER } from "../support/following_scene.ts";

/** What a file has that has no row yet. */
const EMPTY = { "no byte": "", "half a header": HEADER.slice(0, 20), "its header only": HEADER } as const;

function test(what: string, body: (scene: FollowScene) => Promise<void>): void {
  Deno.test(`following: ${what}`, () =>
    followScene(async (scene) => {
      await body(scene);
      scene.assertOnce();
    }));
}

/** A file of the name, which begins with this text. */
function make(scene: FollowScene, name: string, text: string): void {
  Deno.writeTextFileSync(scene.path(name), text);
  scene.watch.tell("named", scene.path(name));
}

/** A process that sees what is there, and reads no row. */
async function look(scene: FollowScene, end: "stop" | "kill" = "stop", names?: readonly string[]): Promise<void> {
  const follow = await scene.follow(names);
  await scene.pass(3_000);
  assert.deepEqual(follow.failures, []);
  assert.equal(scene.written, 0);
  await follow[end]();
}

for (const [what, text] of Object.entries(EMPTY)) {
  for (const end of ["stop", "kill"] as const) {
    for (const names of [["a.csv"], ["*.csv"], [""]]) {
      test(`a file with ${what} is filled and rotated after a ${end}, named as "${names}"`, async (scene) => {
        make(scene, "a.csv", text);
        await look(scene, end, names);
        scene.appendText("a.csv", HEADER.slice(text.length) + scene.rows(5));
        scene.rename("a.csv", "a.csv.1");
        scene.create("a.csv", 4);
        await scene.followOnce(names);
        scene.append("a.csv", 2);
        await scene.followOnce(names);
      });
    }
  }

  for (const rotated of [["a.csv.2", "a.csv.1"], ["a-20260101.csv", "a-20260102.csv"]] as const) {
    test(`a file with ${what} is rotated to ${rotated[0]}, and another one after it`, async (scene) => {
      make(scene, "a.csv", text);
      await look(scene);
      for (const name of rotated) {
        scene.appendText("a.csv", name === rotated[0] ? HEADER.slice(text.length) + scene.rows(5) : scene.rows(5));
        scene.rename("a.csv", name);
        scene.create("a.csv", 3);
      }
      await scene.followOnce();
    });
  }

  test(`a file with ${what} is filled, copied and cut after it was seen`, async (scene) => {
    make(scene, "a.csv", text);
    await look(scene);
    scene.appendText("a.csv", HEADER.slice(text.length) + scene.rows(5));
    scene.copy("a.csv", "a.csv.1");
    scene.truncate("a.csv");
    scene.append("a.csv", 3);
    await scene.followOnce();
  });

  for (const how of ["followed", "loaded"] as const) {
    test(`a file with ${what} was ${how}, and another one is in its place`, async (scene) => {
      make(scene, "a.csv", text);
      if (how === "followed") await look(scene);
      else await scene.load("a.csv");
      Deno.removeSync(scene.path("a.csv"));
      scene.create("a.csv", 3);
      await scene.followOnce();
    });

    test(`a file with ${what} was ${how}, and is filled and rotated`, async (scene) => {
      make(scene, "a.csv", text);
      if (how === "followed") await look(scene);
      else await scene.load("a.csv");
      scene.appendText("a.csv", HEADER.slice(text.length) + scene.rows(5));
      scene.rename("a.csv", "a-20260101.csv");
      scene.create("a.csv", 3);
      await scene.followOnce();
    });
  }

  test(`a file with ${what} is compressed under a name that tells nothing`, async (scene) => {
    make(scene, "a.csv", text);
    await look(scene);
    scene.appendText("a.csv", HEADER.slice(text.length) + scene.rows(5));
    Deno.writeFileSync(scene.path("a-20260101.csv.gz"), gzipSync(Deno.readFileSync(scene.path("a.csv"))));
    Deno.removeSync(scene.path("a.csv"));
    scene.create("a.csv", 3);
    const second = await scene.follow();
    await scene.until(() => second.failures.length > 0);
    await second.stop();
    const [failure] = second.failures;
    assert.equal(failure?.code, "changed");
    assert.match(failure.message, /a-20260101\.csv\.gz may have had the name .* without --follow for .*gz/);
    await scene.load("a-20260101.csv.gz");
    await scene.followOnce();
  });
}

test("what was rotated before a file without a row was seen is no file of its name", async (scene) => {
  scene.create("a.csv.1", 3);
  make(scene, "a.csv", "");
  // Its writer had it open for a while.
  await scene.pass(50);
  scene.append("a.csv.1", 1);
  scene.forget("a.csv.1");
  await look(scene);
  scene.create("a.csv", 4);
  await scene.followOnce();
});

test("a file that was seen without a row has the name no more at the next look", async (scene) => {
  make(scene, "a.csv", "");
  const follow = await scene.follow();
  await scene.pass(3_000);
  Deno.writeTextFileSync(scene.path("a.csv"), HEADER + scene.rows(5));
  Deno.renameSync(scene.path("a.csv"), scene.path("a-20260101.csv"));
  scene.create("a.csv", 4);
  await scene.caughtUp();
  await follow.stop();
  assert.deepEqual(follow.failures, []);
});

for (const [what, text] of [...Object.entries(EMPTY), ["no file", null]] as const) {
  for (const names of text === null ? [["a.csv"]] : [["a.csv"], ["*.csv"]]) {
    test(`the rest of a rotated file does not wait for the first row of ${what}, named as "${names}"`, async (scene) => {
      scene.create("a.csv", 10);
      await scene.followOnce(names);
      scene.append("a.csv", 3);
      scene.rename("a.csv", "a.csv.2");
      scene.create("a.csv.1", 4);
      if (text !== null) make(scene, "a.csv", text);
      const second = await scene.follow(names);
      await scene.caughtUp();
      // What writes has not gone on to the new file yet.
      scene.append("a.csv.1", 1);
      await scene.caughtUp();
      // It has until then, also after ten minutes.
      if (text !== HEADER && names[0] === "a.csv") await scene.pass(11 * 60_000);
      scene.rename("a.csv.1", "a.csv.3");
      scene.append("a.csv.3", 1);
      await scene.caughtUp();
      scene.create("a.csv", 2);
      await scene.caughtUp();
      await second.stop();
      assert.deepEqual(second.failures, []);
      await scene.followOnce(names);
    });
  }
}

for (const text of ["", null]) {
  test(`what is behind counts before ${text === null ? "there is a new file" : "the new file has a row"}`, async (scene) => {
    scene.create("a.csv", 10);
    await scene.followOnce();
    scene.append("a.csv", 3);
    scene.rename("a.csv", "a.csv.2");
    scene.create("a.csv.1", 4);
    if (text !== null) make(scene, "a.csv", text);
    const bytes = ["a.csv.1", "a.csv.2"].reduce((sum, name) => sum + Deno.statSync(scene.path(name)).size, 0);
    const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
    const second = await scene.follow();
    await scene.pass(3_000);
    const lag = await second.files.lag();
    const behind = lag.reduce((sum, file) => sum + file.bytes, 0);
    assert.ok(behind > 0 && behind < bytes, `${behind} of ${bytes}`);
    assert.deepEqual(
      lag.filter(({ bytes }) => bytes > 0).map(({ source }) => source),
      ["a.csv.2", "a.csv.1"].map((name) => scene.path(name)),
    );
    hung.release();
    await scene.caughtUp();
    assert.deepEqual((await second.files.lag()).filter(({ bytes }) => bytes > 0), []);
    await second.stop();
  });
}

test("files without a row are the files they were after their numbers have gone up", async (scene) => {
  scene.create("a.csv", 2);
  await scene.followOnce();
  for (const name of ["a.csv.1", "a.csv.2"]) {
    make(scene, name, "");
    await scene.load(name);
  }
  scene.rename("a.csv.2", "a.csv.3");
  scene.rename("a.csv.1", "a.csv.2");
  scene.appendText("a.csv.2", HEADER + scene.rows(3));
  scene.rename("a.csv", "a.csv.1");
  scene.create("a.csv", 2);
  await scene.followOnce();
});
