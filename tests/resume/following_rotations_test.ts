/** Rotations of files that are followed: names that do not begin with the followed one, and new files that begin as old ones. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { following, type FollowScene, HEADER } from "../support/following_scene.ts";

/** How a rotation names the old files, in the order of their rotations, or by numbers that go up at each one. */
interface Naming {
  readonly what: string;
  readonly names: readonly [string, string, string];
  readonly isNumbered?: true;
}

const NAMINGS: readonly Naming[] = [
  { what: "a number before the ending", names: ["a.1.csv", "a.2.csv", "a.3.csv"], isNumbered: true },
  { what: "a date before the ending", names: ["a-20260101.csv", "a-20260102.csv", "a-20260103.csv"] },
  { what: "a date and a number", names: ["a-20260101.csv", "a-20260101-1.csv", "a-20260102.csv"] },
  { what: "a date before the name", names: ["2026-01-01_a.csv", "2026-01-02_a.csv", "2026-01-03_a.csv"] },
  { what: "a name of their own", names: ["old.0001", "old.0002", "old.0003"] },
];

/** Rotates the file by renaming, for the first, second or third time. */
function rotate(scene: FollowScene, { names, isNumbered }: Naming, turn: number): void {
  if (!isNumbered) return scene.rename("a.csv", names[turn - 1] ?? "");
  for (let at = turn - 1; at >= 1; at--) scene.rename(names[at - 1] ?? "", names[at] ?? "");
  scene.rename("a.csv", names[0]);
}

for (const how of ["renamed", "copied and cut"] as const) {
  following(`the next rows of a file that was ${how} do not wait until a look at all files is due`, async (scene) => {
    const follow = await scene.follow();
    await scene.caughtUp();
    const slow = Promise.withResolvers<void>();
    let begun = false;
    scene.just.beforeList = () => {
      begun = true;
      return slow.promise;
    };
    scene.watch.tell("named", scene.path("b.csv"));
    await scene.until(() => begun);
    await scene.pass(2_000);
    slow.resolve();
    await scene.pass(1_000);
    if (how === "renamed") scene.rename("a.csv", "a.csv.1");
    else {
      scene.copy("a.csv", "a.csv.1");
      scene.truncate("a.csv");
    }
    if (how === "renamed") scene.create("a.csv");
    scene.append("a.csv", 2);
    await scene.writtenWithoutTime();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
  });
}

for (const naming of NAMINGS) {
  const { what, names } = naming;

  following(`a file that had the name only while none followed is read, rotated to ${what}`, async (scene) => {
    await scene.followOnce();
    scene.append("a.csv", 3);
    for (const turn of [1, 2, 3]) {
      rotate(scene, naming, turn);
      scene.create("a.csv", 20);
    }
    await scene.followOnce();
  });

  following(`a file that had the name only between two looks is read, rotated to ${what}`, async (scene) => {
    const follow = await scene.follow();
    await scene.caughtUp();
    for (const turn of [1, 2]) {
      rotate(scene, naming, turn);
      scene.create("a.csv", 20);
    }
    await scene.caughtUp();
    // What comes late to the first of them has its last name by now.
    scene.append(names[naming.isNumbered ? 1 : 0], 2);
    await scene.caughtUp();
    await follow.stop();
    assert.deepEqual(follow.failures, []);
  });

  following(`copies are found that have ${what}`, async (scene) => {
    const first = await scene.follow();
    await scene.caughtUp();
    await first.kill();
    for (const name of [names[0], names[1]]) {
      scene.append("a.csv", 4);
      scene.copy("a.csv", name);
      scene.truncate("a.csv");
      scene.append("a.csv", 20);
    }
    const second = await scene.follow();
    if (what !== "a name of their own") return await ends();
    await scene.until(() => second.failures.length > 0);
    await second.stop();
    assert.equal(second.failures[0]?.code, "changed");
    // Of a copy only the name tells where to look: put back under one that begins with its own, it is read.
    scene.rename("old.0001", "a.csv.2");
    scene.rename("old.0002", "a.csv.1");
    await scene.followOnce();

    async function ends(): Promise<void> {
      await scene.caughtUp();
      await second.stop();
      assert.deepEqual(second.failures, []);
    }
  });
}

following("the file between is read also if it and the one before it are compressed by now", async (scene) => {
  await scene.followOnce();
  for (const name of ["a-20260101.csv", "a-20260102.csv"]) {
    scene.rename("a.csv", name);
    await compress(scene, name);
    scene.create("a.csv", 5);
  }
  const second = await scene.follow();
  await scene.caughtUp();
  await second.stop();
  assert.deepEqual(second.failures, []);
});

following("a process that is killed while it reads the file between leaves nothing out", async (scene) => {
  const first = await scene.follow();
  await scene.caughtUp();
  const hung = scene.bench.broker.faults.next("send", { type: "hang" }, { times: Infinity });
  for (const name of ["a-20260101.csv", "a-20260102.csv"]) {
    scene.rename("a.csv", name);
    scene.create("a.csv", 20);
  }
  await scene.until(() => first.files.rotations > 0);
  await scene.pass(2_000);
  await first.kill();
  hung.release();
  const second = await scene.follow();
  await scene.caughtUp();
  await second.stop();
  assert.deepEqual(second.failures, []);
});

following("files beside it that have another name, or are older, are none of its own", async (scene) => {
  const strangers = ["a-errors.csv", "a-20251231.csv", "b-20260101.csv", "notes1.txt"];
  for (const name of strangers) Deno.writeTextFileSync(scene.path(name), `${HEADER}no row of ours\n`);
  await Deno.utime(scene.path("a-20251231.csv"), 1e9, 1e9);
  await scene.followOnce();
  for (const name of ["a-20260101.csv", "a-20260102.csv"]) {
    scene.rename("a.csv", name);
    scene.create("a.csv", 5);
    for (const stranger of ["a-errors.csv", "b-20260101.csv"]) scene.appendText(stranger, "no row of ours\n");
  }
  const second = await scene.follow();
  await scene.caughtUp();
  await second.stop();
  assert.deepEqual(second.failures, []);
  assert.equal(second.process.runtime.account().totals().dead_lettered, 0);
});

/** Two rotations to names of which no part tells that it is another one each time. */
async function rotatedToWords(scene: FollowScene): Promise<void> {
  await scene.followOnce();
  scene.append("a.csv", 2);
  for (const name of ["a-Monday.csv", "a-Tuesday.csv"]) {
    scene.rename("a.csv", name);
    scene.create("a.csv", 20);
  }
  const second = await scene.follow();
  await scene.until(() => second.failures.length > 0);
  await second.stop();
  const [failure] = second.failures;
  assert.equal(failure?.code, "changed");
  assert.match(failure.message, /a-Tuesday\.csv may have had the name .*a\.csv/s);
  assert.match(failure.message, /a-Monday\.csv .*a-Tuesday\.csv.* without --follow/s);
}

following("a file of which only its time tells that it may have had the name is a reason to stop", async (scene) => {
  await rotatedToWords(scene);
  for (const name of ["a-Monday.csv", "a-Tuesday.csv"]) await scene.load(name);
  const third = await scene.follow();
  await scene.caughtUp();
  await third.stop();
  assert.deepEqual(third.failures, []);
});

following("a file that only may have had the name is left alone once the one that has it was loaded", async (scene) => {
  await rotatedToWords(scene);
  // It is another program's.
  scene.forget("a-Tuesday.csv");
  await scene.load("a.csv");
  const third = await scene.follow();
  await scene.caughtUp();
  scene.append("a.csv", 2);
  await scene.caughtUp();
  await third.stop();
  assert.deepEqual(third.failures, []);
});

async function compress(scene: FollowScene, name: string): Promise<void> {
  const path = scene.path(name), { mtime, atime } = await Deno.stat(path);
  await Deno.writeFile(`${path}.gz`, gzipSync(await Deno.readFile(path)));
  if (mtime !== null && atime !== null) await Deno.utime(`${path}.gz`, atime, mtime);
  await Deno.remove(path);
}

following("a rotated file is known by the name that it had also after it was loaded under its own", async (scene) => {
  await scene.followOnce();
  scene.append("a.csv", 2);
  scene.rename("a.csv", "20260101_a.csv");
  scene.create("a.csv", 3);
  await scene.followOnce();
  scene.append("20260101_a.csv", 2);
  await scene.load("20260101_a.csv");
  scene.append("20260101_a.csv", 2);
  await scene.followOnce();
});

following("a new file that begins with all rows of the one before it is another file", async (scene) => {
  const follow = await scene.follow();
  await scene.caughtUp();
  scene.rename("a.csv", "a.csv.1");
  scene.create("a.csv");
  scene.appendText("a.csv", scene.rowsAgain("a.csv.1") + scene.rows(4));
  await scene.caughtUp();
  scene.append("a.csv", 3);
  await scene.caughtUp();
  await follow.stop();
  const again = await scene.follow();
  scene.append("a.csv", 1);
  await scene.caughtUp();
  await again.stop();
  assert.deepEqual([...follow.failures, ...again.failures], []);
});

for (const end of ["stop", "kill"] as const) {
  for (const how of ["renamed", "compressed"] as const) {
    following(`a new file begins as the one before it, which was ${how} after a ${end}`, async (scene) => {
      const first = await scene.follow();
      await scene.caughtUp();
      await first[end]();
      scene.append("a.csv", 2);
      scene.rename("a.csv", "a.csv.1");
      const rows = scene.rowsAgain("a.csv.1");
      if (how === "compressed") await compress(scene, "a.csv.1");
      scene.create("a.csv");
      scene.appendText("a.csv", rows + scene.rows(4));
      for (let run = 0; run < 2; run++) {
        const next = await scene.follow();
        await scene.caughtUp();
        assert.deepEqual(next.failures, []);
        await next[end]();
        scene.append("a.csv", 1);
      }
      await scene.followOnce();
    });
  }
}

following(
  "a file that is written anew with more rows, and put in the place of the first one, is read on",
  async (scene) => {
    const follow = await scene.follow();
    await scene.caughtUp();
    Deno.copyFileSync(scene.path("a.csv"), scene.path(".new"));
    Deno.writeTextFileSync(scene.path(".new"), scene.rows(3), { append: true });
    scene.rename(".new", "a.csv");
    await scene.caughtUp();
    await follow.stop();
    Deno.copyFileSync(scene.path("a.csv"), scene.path(".new"));
    Deno.writeTextFileSync(scene.path(".new"), scene.rows(3), { append: true });
    scene.rename(".new", "a.csv");
    const again = await scene.follow();
    await scene.caughtUp();
    await again.stop();
    assert.deepEqual([...follow.failures, ...again.failures], []);
  },
);

following(
  "a process that is killed once the first file has its new name for good leaves the one between in",
  async (scene) => {
    await scene.followOnce();
    for (const name of ["a-20260101.csv", "a-20260102.csv"]) {
      scene.rename("a.csv", name);
      scene.create("a.csv", 20);
    }
    const hung = scene.bench.broker.faults.next("send", { type: "hang", lost: true }, { times: Infinity });
    const second = await scene.follow();
    await scene.until(() => second.process.events.some(({ type }) => type === "checkpoint_adopted"));
    await scene.pass(2_000);
    await second.kill();
    hung.release();
    await scene.followOnce();
  },
);
