import assert from "node:assert/strict";
import { TestProgram } from "../../tests/support/cli.ts";

const BROKERS = ["--brokers", "127.0.0.1:1"];
const REGISTRY = ["--registry", "http://127.0.0.1:1"];
const SOURCE = ["x.csv", "--format", "csv", "--data-type", "trades", "--exchange", "ASX"];

Deno.test("commands that need brokers and registry refuse one without the other, exit code 3", async () => {
  const commands = [
    ["load", ...SOURCE],
    ["audit", ...SOURCE, "--topic", "t"],
    ["tail", "t"],
    ["check"],
    ["dlq", "replay", ...SOURCE.slice(1)],
  ];
  for (const command of commands) {
    for (const [servers, message] of [[BROKERS, /no registry/], [REGISTRY, /no brokers/]] as const) {
      const { exitCode, stderr } = await new TestProgram().run(...command, ...servers);
      assert.equal(exitCode, 3, `${command.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
    }
  }
});

Deno.test("commands that need only one of the two work without the other", async () => {
  const cases = [
    [["topics", "list"], BROKERS],
    [["topics", "ensure", "--exchange", "ASX"], BROKERS],
    [["schemas", "list"], REGISTRY],
    [["schemas", "register", "--exchange", "ASX"], REGISTRY],
    [["schemas", "check", "--exchange", "ASX"], REGISTRY],
    [["schemas", "diff", "v1", "v2"], BROKERS],
  ] as const;
  for (const [command, servers] of cases) {
    const { exitCode, stderr } = await new TestProgram().run(...command, ...servers);
    assert.equal(exitCode, 0, `${command.join(" ")}: ${stderr}`);
  }
});

Deno.test("a command whose brokers never answer ends with exit code 1 after --connect-timeout, and names check", async () => {
  const program = new TestProgram();
  program.log.broker.faults.unreachable();
  const { exitCode, stderr } = await program.run("tail", "t", ...BROKERS, ...REGISTRY, "--connect-timeout", "1");
  assert.equal(exitCode, 1);
  assert.match(stderr, /brokers 127\.0\.0\.1:1: no answer yet/);
  assert.match(stderr, /error: brokers 127\.0\.0\.1:1 have not answered within 1 s: /);
  assert.match(stderr, /next: .*task check --brokers 127\.0\.0\.1:1 --registry http:\/\/127\.0\.0\.1:1 /);
});

Deno.test("check reports silent brokers at once, like its other parts", async () => {
  const program = new TestProgram();
  program.log.broker.faults.unreachable();
  const { exitCode, stdout } = await program.run("check", ...BROKERS, ...REGISTRY, "--connect-timeout", "86400");
  assert.equal(exitCode, 1);
  assert.match(stdout, /✘ +brokers/);
  assert.match(stdout, /✔ +registry/);
});
