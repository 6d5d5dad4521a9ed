/** `npm run game-day`: hurts an environment on purpose by one of its experiments, watches what comes of it, and writes a report; see docs/game-days.md. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Experiment } from '../../../constructs/game-days/experiment';
import { DEFAULT_ENVIRONMENT } from '../../config';
import { ConfigError } from '../../config/config-error';
import type { Environment } from '../../config/environment';
import { gameDayZone } from '../../config/game-days';
import { EXPERIMENTS } from '../../game-days';
import { agree, answerTo, caller } from '../account';
import { parsedWithWords } from '../arguments';
import { type Deployed, deployed } from './deployed';
import { findings } from './judge';
import { obstacles } from './ready';
import { reportText } from './report';
import { watched } from './watch';

const USAGE = 'npm run game-day -- [NAME] [--env NAME] [--dry-run] [--force] [--after MINUTES] [--report FILE]';
const HELP = `${USAGE}
  NAME             the experiment; without it all are listed, without calling AWS
  --env NAME       the environment, with gameDays.enabled (default ${DEFAULT_ENVIRONMENT})
  --dry-run        prints hypothesis, faults and what prevents it now; starts nothing
  --force          ignores what prevents it; needed, with a typed confirmation, where deployments ask
  --after MINUTES  how long the recovery is watched, 1–60 (default 5)
  --report FILE    (default .holdfast/game-days/…)
Ctrl-C asks whether to end the experiment. Exit code 0 when the hypothesis held, 1 when it didn't or was refused.`;

const EXPERIMENT_ROWS: readonly (readonly [string, Experiment])[] = Object.entries(EXPERIMENTS);
/** Measured before it begins, to compare with. */
const BEFORE_MS = 10 * 60_000;

const list = () => EXPERIMENT_ROWS.map(([name, { about }]) => `${name.padEnd(20)} ${about}`).join('\n');

const plan = (name: string, { about, hypothesis, expects, mayRing, faults, twins }: Experiment, zone: string) =>
  [
    `${name}: ${about}`,
    `Hypothesis: ${hypothesis}`,
    ...expects.map(({ alert, minutes }) => `  ${alert} beyond its threshold for at most ${minutes} min`),
    `  no critical alarm${mayRing.length > 0 ? ` but ${mayRing.join(', ')}` : ''}, which would end it`,
    `Faults, where a zone is meant in ${zone}:`,
    ...Object.entries(faults).map(([key, { action, on, document }]) =>
      [`  ${key}: ${action}`, document?.name, `on ${on}`].filter(Boolean).join(' '),
    ),
    `The same on this machine: ${twins.map((twin) => `npm run drill -- ${twin}`).join(', ')}`,
  ].join('\n');

/** Asks at a terminal once Ctrl-C was pressed; without one it is meant. */
function interruptions() {
  let pressed = false;
  const press = () => {
    pressed = true;
  };
  process.on('SIGINT', press);
  return {
    pressed: () => pressed,
    async wantsEnd() {
      if (!pressed || !process.stdin.isTTY) return pressed;
      pressed = false;
      return (await answerTo('End the experiment? Type yes: ')) === 'yes';
    },
    end: () => process.off('SIGINT', press),
  };
}

export interface Run {
  readonly name: string;
  readonly experiment: Experiment;
  readonly environment: string;
  readonly who: string;
  readonly deployed: Deployed;
  readonly say: (text: string) => void;
  readonly afterMs: number;
  readonly interrupted: Pick<ReturnType<typeof interruptions>, 'pressed' | 'wantsEnd'>;
  /** Between looks. @default 5 s */
  readonly lookMs?: number;
}

/** Begins it, watches, and tells: the report, and whether the hypothesis held. */
export async function run({ name, experiment, environment, who, deployed: there, ...given }: Run) {
  const { say, afterMs, interrupted, lookMs = 5000 } = given;
  const begun = Date.now();
  const alerts = [...new Set(experiment.expects.map(({ alert }) => alert))];
  const shown = (until: number) =>
    Promise.all([there.series(alerts, begun - BEFORE_MS, until), there.changes(begun - BEFORE_MS, until)]);
  await shown(begun); // a right that is missing must not cost the report, once there is something to report
  const { id } = await there.fis.begin(there.template(name), randomUUID());
  say(`${id} has begun; Ctrl-C ends it`);
  const end = await watched({ fis: there.fis, id, say, wantsEnd: interrupted.wantsEnd, lookMs });
  const ended = Date.now();
  say(`watched for ${afterMs / 60_000} min more`);
  while (Date.now() < ended + afterMs && !interrupted.pressed()) await wait(Math.min(lookMs, afterMs));
  const until = Date.now();
  const [series, changes] = await shown(until);
  const { status, reason } = end.state;
  const measured = { begun, ended, until, status, reason, series, changes };
  return {
    held: findings(experiment, measured).every(({ holds }) => holds),
    report: reportText({ ...measured, environment, name, experiment, id, who }),
  };
}

function minutes(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 60)
    throw new ConfigError(`--after: expected whole minutes from 1 to 60, got '${text}'`);
  return count * 60_000;
}

function chosen(words: readonly string[]): readonly [string, Experiment] {
  const [wanted = '', ...more] = words;
  const found = EXPERIMENT_ROWS.find(([name]) => name === wanted);
  if (found && more.length === 0) return found;
  const names = EXPERIMENT_ROWS.map(([name]) => name);
  throw new ConfigError(`experiment: expected one of ${names.join(', ')}, got '${words.join(' ')}'; usage: ${USAGE}`);
}

/** @param find the environment of a name @returns the exit code; throws a ConfigError for what the user can mend */
export async function gameDay(words: readonly string[], find: (name: string) => Environment): Promise<number> {
  const string = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { env: string, 'dry-run': flag, force: flag, after: string, report: string, help: flag } as const;
  const { values, positionals } = parsedWithWords(words, options, USAGE);
  if (values.help || positionals.length === 0) {
    console.log(values.help ? HELP : list());
    return 0;
  }
  const [name, experiment] = chosen(positionals);
  const afterMs = minutes(values.after ?? '5');
  const config = find(values.env ?? DEFAULT_ENVIRONMENT);
  const zone = gameDayZone(config);
  if (!zone)
    throw new ConfigError(
      `gameDays.enabled: expected true in lib/config/${config.name}.ts, got ${config.gameDays?.enabled ?? 'nothing'}; set it, deploy, and let a release or 'npm run deploy' replace the servers, which carry the mark from their start on`,
    );
  console.log(plan(name, experiment, zone));
  const identity = await caller(config);
  const there = await deployed(config, identity.account);
  const against = await obstacles(config, there, Object.keys(EXPERIMENTS), new Date());
  for (const each of against) console.error(each);
  if (values['dry-run']) return against.length > 0 ? 1 : 0;
  if (against.length > 0 && !values.force)
    throw new ConfigError('Nothing was begun: mend what stands above, or say --force');
  if (config.confirm && process.env.CI === 'true')
    throw new ConfigError(`${config.name}: expected a person at a terminal, got CI=true; nothing was begun`);
  await agree(`Begin ${name} on`, config, identity);
  const interrupted = interruptions();
  const begin = new Date().toISOString().slice(0, 16).replace(':', '');
  const file = values.report ?? `.holdfast/game-days/${config.name}-${name}-${begin}.md`;
  try {
    const say = (text: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
    const given = { environment: config.name, who: identity.who, deployed: there, say, afterMs, interrupted };
    const { held, report } = await run({ name, experiment, ...given });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, report);
    console.log(`The hypothesis ${held ? 'held' : 'did not hold'}: ${file}`);
    return held ? 0 : 1;
  } finally {
    interrupted.end();
  }
}
