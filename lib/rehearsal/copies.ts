/** Copies of databases that outlive them: snapshots, and what is kept of one that was deleted. Runs no server. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from './process';
import type { Address } from './servers';
import { PATH } from './servers';
import { copyOf, postgresSays } from './standbys';
import type { Tools } from './tools';

/** What comes back of which copy. */
export interface Recovered {
  readonly copy: string;
  /** Onto this snapshot the log of the copy is replayed ... @default the copy as it is */
  readonly base?: string;
  /** ... up to this moment. */
  readonly time?: string;
}

export class Copies {
  constructor(
    readonly state: string,
    readonly logFile: string,
  ) {}

  #folder(copy: string): string {
    return resolve(this.state, `copy-${encodeURIComponent(copy)}`);
  }

  has = (copy: string) => existsSync(this.#folder(copy));

  /** Of a running server. */
  async take(copy: string, tools: Tools, from: Address): Promise<void> {
    await copyOf(tools, from, { folder: this.#folder(copy), logFile: this.logFile });
  }

  /** Writes a last word into the log of what is to be kept: a moment is only found before a later one. */
  async mark(at: Address): Promise<void> {
    await postgresSays(at, "select pg_logical_emit_message(true, 'holdfast', 'deleted')");
  }

  /** The data of a server that has ended in order, its log with it. */
  keep(copy: string, folder: string): void {
    renameSync(folder, this.#folder(copy));
  }

  /** Fills a new folder. @returns what the server is given that starts on it */
  async recover({ copy, base, time }: Recovered, folder: string): Promise<readonly string[]> {
    const args = ['-a', this.#folder(base ?? copy), folder];
    const code = await run({ name: 'cp', command: 'cp', args, env: PATH, cwd: '/', logFile: this.logFile });
    if (code !== 0) throw new Error(`${folder}: expected a copy of ${base ?? copy}, see ${this.logFile}`);
    if (time === undefined) return [];
    writeFileSync(join(folder, 'recovery.signal'), '');
    const settings = {
      restore_command: `cp "${this.#folder(copy)}/pg_wal/%f" "%p"`,
      recovery_target_time: time.replace('Z', '+00'), // no letters of zones are known yet when it is read
      recovery_target_action: 'promote',
    };
    return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  }
}
