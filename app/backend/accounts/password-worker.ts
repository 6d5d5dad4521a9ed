/** The thread that derives password hashes: below everything else in priority, so that a wave of logins slows no other request. */
import { scryptSync } from 'node:crypto';
import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';

export interface Asked {
  readonly id: number;
  readonly password: string;
  readonly salt: Uint8Array;
}

export interface Derived {
  readonly id: number;
  readonly hash: Uint8Array;
}

/** OWASP's scrypt setting N=2^15, r=8, p=3: 32 MiB each. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 ** 2 };
const LENGTH = 32;
/** A third of the processor beside a thread of normal priority that wants it too; all of it otherwise. */
const NICE = 5;

// on Linux the priority is the thread's own; elsewhere it would be the whole process's
if (process.platform === 'linux') setPriority(0, NICE);

parentPort?.on('message', ({ id, password, salt }: Asked) => {
  parentPort?.postMessage({ id, hash: scryptSync(password, salt, LENGTH, COST) } satisfies Derived);
});
