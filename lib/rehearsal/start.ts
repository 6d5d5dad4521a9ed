/** `npm start`: brings the system up with progress, keeps it until somebody ends it, and leaves nothing behind. */
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parsed } from '../commands/arguments';
import { progress } from '../commands/progress';
import { DEFAULT_ENVIRONMENT, environment } from '../config';
import { ConfigError } from '../config/check';
import { check } from './checks';
import { guard } from './guard';
import { lock } from './lock';
import { refusedPort } from './ports';
import { type System, startSystem } from './system';

const USAGE = 'npm start -- [--env NAME] [--port N] [--keep] [--once]';
const HELP = `${USAGE}
  --env NAME  the environment to deploy (default ${DEFAULT_ENVIRONMENT})
  --port N    of the site and the emulated AWS (default 4566, or a free one when that is taken)
  --keep      keep the emulated account, the database and the sessions for the next start with --keep
  --once      bring up, check, tear down; the exit code says how it went`;

const LOCK = '.holdfast/local.sock';
/** They stay, for whoever asks why it ended. */
const LOGS = '.holdfast/logs';
const PORT = 4566;
const PARENT_MS = 500;

const OPTIONS = {
  env: { type: 'string', default: DEFAULT_ENVIRONMENT },
  port: { type: 'string' },
  keep: { type: 'boolean', default: false },
  once: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The port wanted, if it can be had; else the first free one from the default on. */
export async function choosePort(wanted: string | undefined): Promise<number> {
  const port = Number(wanted ?? PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ConfigError(`--port: expected 1 to 65535, got ${wanted}`);
  const refused = await refusedPort(port);
  if (!refused) return port;
  const why = refused === 'EADDRINUSE' ? 'which another program uses' : `which this user may not have (${refused})`;
  if (wanted)
    throw new ConfigError(`--port: expected a free port, got ${port}, ${why}; without --port a free one is taken`);
  for (let next = port + 1; ; next++) if (!(await refusedPort(next))) return next;
}

/** Somebody asked it to end: no failure. */
class Asked extends Error {}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Aborts at a signal, and when npm or the terminal is gone without one. */
function ending(): AbortController {
  const end = new AbortController();
  for (const signal of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[])
    process.on(signal, () => end.abort(new Asked(signal)));
  for (const out of [process.stdout, process.stderr]) out.on('error', () => end.abort(new Asked('SIGHUP')));
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || end.abort(new Asked('SIGHUP')), PARENT_MS).unref();
  return end;
}

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail);
  });

function greeting({ url, cloud, channels, parts }: System, region: string): string {
  const account = `AWS_ENDPOINT_URL=${cloud.endpoint} AWS_ACCESS_KEY_ID=${cloud.account} AWS_SECRET_ACCESS_KEY=rehearsal`;
  return `
Site:   ${url}
Alerts: ${channels ? `${channels.url}/ shows what people would hear` : 'no channels in this environment'}
Stacks: ${account} aws cloudformation list-stacks --region ${region}
Logs:   ${LOGS}; ${LOGS}/servers has a folder for each server of a group, and a server that ends is replaced
Parts:  ${parts.map(({ name, pid }) => `${name} ${pid}`).join(', ')}; 'kill -STOP -- -PID' breaks one, 'kill -CONT -- -PID' mends it
`;
}

/** Returns the exit code. */
async function checked(url: string): Promise<number> {
  const found = await check(url);
  for (const { claim, holds, got } of found) console.log(`${holds ? 'ok    ' : 'FAILED'}  ${claim} (${got})`);
  return found.every(({ holds }) => holds) ? 0 : 1;
}

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function startLocal(words: readonly string[]): Promise<number> {
  const { env, port: wanted, keep, once, help } = parsed(words, OPTIONS, USAGE);
  if (help) {
    console.log(HELP);
    return 0;
  }
  const config = environment(env);
  const end = ending();
  const state = `.holdfast/local-${config.name}`;
  let says = 'it is starting';
  let system: System | undefined;
  const { step, end: done } = progress();
  try {
    await lock(LOCK, () => `process ${process.pid}, ${says}; end it with 'kill ${process.pid}'`);
    const port = await choosePort(wanted);
    if (!keep) {
      rmSync(state, { recursive: true, force: true });
      guard.remove(resolve(state));
    }
    const { signal } = end;
    system = await startSystem({
      config,
      port,
      state,
      logs: LOGS,
      keep,
      say: step,
      onEnd: (error) => end.abort(error),
      signal,
    });
    step('ready');
    done();
    says = system.url;
    console.log(greeting(system, config.region));
    if (once) return await Promise.race([checked(system.url), aborted(signal)]);
    console.log('End it with Ctrl-C.');
    return await aborted(signal);
  } catch (error) {
    if (!(error instanceof Asked)) throw error;
    return system ? 0 : 128 + SIGNALS[error.message as keyof typeof SIGNALS];
  } finally {
    done();
    if (system) console.log('Stopping.');
    await system?.stop();
    await guard.end();
  }
}
