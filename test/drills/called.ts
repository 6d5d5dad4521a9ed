/** A command of ours as people call it, in a process of its own, with the environment of the drill and the emulated account. Judges nothing. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Environment } from '../../lib/config/environment';
import { type Cloud, cloudEnv } from '../../lib/rehearsal/aws';

export interface Called<Event> {
  readonly code: number | null;
  readonly stderr: string;
  readonly events: readonly (Event & { /** Milliseconds of performance.now(). */ readonly at: number })[];
  readonly begun: number;
  readonly seconds: number;
}

interface Calling<Event> {
  /** File that runs the command with the environment of DRILL_ENVIRONMENT. */
  readonly command: string;
  readonly cloud: Cloud;
  readonly config: Environment;
  readonly words: readonly string[];
  /** @default the clone */
  readonly cwd?: string;
  /** Hears each event as it comes. */
  readonly hear?: (event: Event) => void;
}

/** Resolves when it has ended, however it did. */
export async function called<Event>({
  command,
  cloud,
  config,
  words,
  cwd = '.',
  hear,
}: Calling<Event>): Promise<Called<Event>> {
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...['--import', pathToFileURL(resolve('node_modules/tsx/dist/loader.mjs')).href],
      ...['--require', resolve('lib/rehearsal/emulator/balancer-names.cjs')], // it asks balancers by their names
      ...[resolve(command), '--env', config.name, '--json', ...words],
    ],
    {
      cwd,
      env: {
        ...cloudEnv(cloud, config.region),
        GATEWAY_PORT: new URL(cloud.endpoint).port,
        DRILL_ENVIRONMENT: JSON.stringify(config),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const events: Called<Event>['events'][number][] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event: Event = JSON.parse(line);
    events.push({ ...event, at: performance.now() });
    hear?.(event);
  });
  const code = await new Promise<number | null>((ended) => child.on('close', ended));
  return { code, stderr, events, begun, seconds: (performance.now() - begun) / 1000 };
}
