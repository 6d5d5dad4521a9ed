/** Ends what this process started, and removes what it must not leave, also when it is killed: a shell at the other end of a pipe. Decides nothing while this process lives. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Reads until the pipe closes, which the kernel sees to. TERM first: the emulator saves its state, PostgreSQL gives back its memory. */
const SCRIPT = `
while read -r kind rest; do
  case $kind in
    groups) groups=$rest ;;
    remove) set -- "$rest" "$@" ;;
  esac
done
signal() { alive=; for group in $groups; do kill -s "$1" -- "-$group" 2>/dev/null && alive=yes; done; }
signal TERM
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
  signal 0
  [ -n "$alive" ] || break
  sleep 0.2
done
signal KILL
for path in "$@"; do rm -rf -- "$path" 2>/dev/null || { sleep 1; rm -rf -- "$path"; }; done
`;

const groups = new Set<number>();
const folders: string[] = [];
let shell: ChildProcess | undefined;

const tell = ({ stdin }: ChildProcess, line: string) => stdin?.write(`${line}\n`);

/** The shell; a new one, told all of it, when there is none or somebody ended it. */
function attending(): ChildProcess {
  if (shell && shell.exitCode === null && shell.signalCode === null) return shell;
  // a session of its own: Ctrl-C and a closing terminal don't reach it
  const env = { PATH: '/usr/bin:/bin' };
  shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', env });
  shell.unref();
  shell.stdin?.on('error', () => undefined);
  (shell.stdin as unknown as { unref(): void }).unref();
  for (const path of folders) tell(shell, `remove ${path}`);
  tellGroups(shell);
  return shell;
}

const tellGroups = (to: ChildProcess) => tell(to, ['groups', ...groups].join(' '));

/** Process groups that must not outlive this process. */
export const guard = {
  add(group: number): void {
    groups.add(group);
    tellGroups(attending());
  },
  drop(group: number): void {
    if (groups.delete(group)) tellGroups(attending());
  },
  /** Goes when this process ends, however it ends; what was named last goes first. An absolute path. */
  remove(path: string): void {
    const to = attending();
    folders.push(path);
    tell(to, `remove ${path}`);
  },
  /** Ends and removes all of it now. */
  async end(): Promise<void> {
    if (!shell) return;
    const ending = attending();
    shell = undefined;
    folders.length = 0;
    ending.ref();
    ending.stdin?.end();
    await once(ending, 'exit');
  },
};
