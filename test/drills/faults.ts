/** What is done to a running server: killed or frozen with all its children, or thawed. */
import { readFileSync } from 'node:fs';
import { guard } from '../../lib/rehearsal/guard';
import type { Running } from '../../lib/rehearsal/process';

/** PostgreSQL's children lead groups of their own, so a signal to the server's group doesn't reach them. */
export function tree(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    return [pid, ...children.flatMap(tree)];
  } catch {
    return []; // it is gone
  }
}

/** Returns whom it reached. */
function send(part: Running, signal: NodeJS.Signals): readonly number[] {
  return tree(part.pid).filter((pid) => {
    try {
      return process.kill(pid, signal);
    } catch {
      return false; // it is gone already
    }
  });
}

/** As when a machine stops answering: its sockets stay open and silent. */
export function freeze(part: Running): void {
  for (const pid of send(part, 'SIGSTOP')) guard.add(pid); // a frozen child doesn't notice that its parent is gone
}

export function thaw(part: Running): void {
  for (const pid of send(part, 'SIGCONT')) if (pid !== part.pid) guard.drop(pid);
}

/** As when it crashes. Resolves when it is gone. */
export async function kill(part: Running): Promise<void> {
  send(part, 'SIGSTOP'); // so that nobody is born meanwhile
  for (const pid of send(part, 'SIGKILL')) if (pid !== part.pid) guard.drop(pid);
  await part.gone;
}
