/** A process of its own that asks far too often. Started by `flood`; prints what it got. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Flood {
  readonly url: string;
  readonly seconds: number;
  /** Requests a second, sent when they are due; undefined: as fast as they are answered. */
  readonly perSecond?: number;
  /** Of those without a rate, how many wait at once. @default 64 */
  readonly atOnce?: number;
  /** From how many addresses. */
  readonly addresses: number;
  readonly request: {
    readonly method?: 'GET' | 'POST';
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
}

export interface Flooded {
  /** Answers a second that were right. */
  readonly served: number;
  /** Requests a second that were sent. */
  readonly offered: number;
  /** Count by status. */
  readonly statuses: Readonly<Record<string, number>>;
}

export async function flood(options: Flood): Promise<Flooded> {
  const args = ['--import', 'tsx', 'test/drills/flood-process.ts', JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return JSON.parse(await text(child.stdout));
}
