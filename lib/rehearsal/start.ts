/** `npm start`: brings the system up with progress, keeps it until somebody ends it, and leaves nothing behind. */
import { existsSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEFAULT_ENVIRONMENT, environment } from '../config';
import { ConfigError } from '../config/check';
import { check } from './checks';
import { lock } from './lock';
import { portTaken } from './process';
import { type System, startSystem } from './system';

const HELP = `npm start -- [--env NAME] [--port N] [--keep] [--once]
  --env NAME  the environment to deploy (default ${DEFAULT_ENVIRONMENT})
  --port N    of the site and the emulated AWS (default 4566, or a free one when that is taken)
  --keep      keep the database and the sessions for the next start
  --once      bring up, check, tear down; the exit code says how it went`;

const STATE = '.holdfast/local';
const PORT = 4566;

const OPTIONS = {
  env: { type: 'string', default: DEFAULT_ENVIRONMENT },
  port: { type: 'string' },
  keep: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n${HELP}`);
  }
}

async function choosePort(wanted: string | undefined): Promise<number> {
  const port = Number(wanted ?? PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ConfigError(`--port: expected 1 to 65535, got ${wanted}`);
  if (!(await portTaken(port))) return port;
  if (wanted)
    throw new ConfigError(
      `--port: expected a free port, got ${port}, which another program uses; leave --port away to have one chosen`,
    );
  for (let next = port + 1; ; next++) if (!(await portTaken(next))) return next;
}

/** Prints each step with the seconds since the start. */
function progress(): (step: string) => void {
  const begin = Date.now();
  return (step) => console.log(`${((Date.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${step}`);
}

/** Resolves with how it ended: by a signal, or by the end of a part. */
function ending(system: System): Promise<string> {
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(
    (signal) => new Promise<string>((resolve) => process.once(signal, () => resolve(signal))),
  );
  return Promise.race([...signals, ...system.parts.map(async ({ name, gone }) => gone.then(() => name))]);
}

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function startLocal(words: readonly string[]): Promise<number> {
  const { env, port: wanted, keep, once, help } = parsed(words);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const config = environment(env);
  const held = lock(`${STATE}.lock`);
  let system: System | undefined;
  const early = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => early.abort());
  try {
    const port = await choosePort(wanted);
    if (!keep && existsSync(STATE)) rmSync(STATE, { recursive: true, force: true });
    const say = progress();
    system = await startSystem({
      config,
      port,
      state: STATE,
      say,
      onPart: (pids) => held.note(pids),
      signal: early.signal,
    });
    say('ready');
    console.log(
      `\nSite: ${system.url}\nAWS:  AWS_ENDPOINT_URL=${system.cloud.endpoint} AWS_ACCESS_KEY_ID=holdfast AWS_SECRET_ACCESS_KEY=rehearsal aws cloudformation list-stacks --region ${config.region}\nLogs: ${STATE}/logs`,
    );
    if (once) {
      const found = await check(system.url);
      for (const { claim, holds, got } of found) console.log(`${holds ? 'ok    ' : 'FAILED'}  ${claim} (${got})`);
      return found.every(({ holds }) => holds) ? 0 : 1;
    }
    console.log('End it with Ctrl-C.');
    const end = await ending(system);
    if (end.startsWith('SIG')) return 0;
    console.error(`${end}: expected it to run until the end, got an early one; see ${STATE}/logs`);
    return 1;
  } catch (error) {
    if (early.signal.aborted) return 130;
    throw error;
  } finally {
    await system?.stop();
    if (!keep) rmSync(STATE, { recursive: true, force: true });
    held.release();
  }
}
