/** Kills, suspends and restarts single processes of a stack. */
import { ensureJars } from "../../cli/stack/downloads.ts";
import { locked, runningRoles, type StackHandle, startRole } from "../../cli/stack/local_stack.ts";
import { endProcess, signal, type StackProcess } from "../../cli/stack/processes.ts";
import { StackError } from "../../cli/stack/stack_error.ts";
import { readState, stackDir } from "../../cli/stack/state.ts";

/** Kills one process without warning, like a crash. */
export async function killRole(handle: StackHandle, role: string): Promise<void> {
  await endProcess(await processOf(handle, role), 0);
}

/** Suspends one process, or lets it continue: a program that hangs. */
export async function freezeRole(handle: StackHandle, role: string, frozen: boolean): Promise<void> {
  signal((await processOf(handle, role)).pid, frozen ? "SIGSTOP" : "SIGCONT");
}

/** Restarts one process that has ended, on its data and ports; does not wait until it is ready. */
export async function restartRole(handle: StackHandle, role: string): Promise<void> {
  const dir = stackDir(handle.cache, handle.name);
  const jars = await ensureJars(handle.cache, handle.say);
  await locked(handle, async () => {
    const state = await readState(dir);
    if (state === null) throw new StackError(`There is no stack "${handle.name}".`);
    if (!(await runningRoles(state)).has(role)) await startRole(dir, { state, role, jars });
  });
}

async function processOf({ cache, name }: StackHandle, role: string): Promise<StackProcess> {
  const state = await readState(stackDir(cache, name));
  const process = state?.processes.find((each) => each.role === role);
  if (process === undefined) throw new StackError(`The stack "${name}" has no process "${role}".`);
  return process;
}
