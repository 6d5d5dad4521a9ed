/** What `npm run game-day` judges and refuses, with an environment that a test plays. */
import type { Experiment } from '../../constructs/game-days/experiment';
import { gameDay, run } from '../../lib/commands/game-day';
import type { Deployed } from '../../lib/commands/game-day/deployed';
import type { ExperimentSeen } from '../../lib/commands/game-day/fis';
import { beyond, findings, type Measured } from '../../lib/commands/game-day/judge';
import { inOffice, obstacles } from '../../lib/commands/game-day/ready';
import { watched } from '../../lib/commands/game-day/watch';
import { environment } from '../../lib/config';
import { EXPERIMENTS } from '../../lib/game-days';
import { OPTIONS } from '../support/options';

const experiment: Experiment = EXPERIMENTS['database-failover'];
const BEGUN = Date.parse('2026-11-24T10:00:30Z');
const at = (minute: number) => Date.parse('2026-11-24T10:00:00Z') + minute * 60_000;
const series = (alert: string, threshold: number, values: readonly number[]) => ({
  alert,
  comparison: 'GreaterThanThreshold',
  threshold,
  points: values.map((value, minute) => [at(minute - 2), value] as const), // two minutes from before
});
const WELL: Measured = {
  begun: BEGUN,
  ended: at(4),
  until: at(9),
  status: 'completed',
  series: [
    series('ErrorRateHigh', 5, [90, 0, 40, 12, 5, 0, 0, 0]),
    series('LatencyHigh', 1, [0.1, 0.1, 1.4, 0.2, 0.1]),
    series('UnhealthyServers', 0, [0, 0, 0, 0, 0]),
  ],
  changes: [
    { alert: 'DatabaseUnreachable', critical: true, at: at(2), state: 'ALARM' },
    { alert: 'DatabaseUnreachable', critical: true, at: at(4), state: 'OK' },
  ],
};
const held = (measured: Measured) => findings(experiment, measured).every(({ holds }) => holds);
const ill = (measured: Measured) =>
  findings(experiment, measured)
    .filter(({ holds }) => !holds)
    .map(({ demand, measured: got }) => `${demand}: ${got}`);

describe('a hypothesis', () => {
  it('holds within its minutes, whatever was before and at the threshold itself', () => {
    expect(ill(WELL)).toEqual([]);
  });

  it('does not hold when something lasts a minute too long', () => {
    const longer = series('ErrorRateHigh', 5, [0, 0, 40, 12, 6, 0]);
    expect(ill({ ...WELL, series: [longer, ...WELL.series.slice(1)] })).toEqual([
      'ErrorRateHigh beyond its threshold for at most 2 minutes: 3 minutes',
    ]);
  });

  it('does not hold by silence', () => {
    expect(ill({ ...WELL, series: WELL.series.slice(1) })).toEqual([
      'ErrorRateHigh beyond its threshold for at most 2 minutes: nothing was measured',
    ]);
  });

  it('does not hold with a critical alarm that looks at something else, nor when it was ended', () => {
    const rang = { alert: 'NoHealthyServer', critical: true, at: at(3), state: 'ALARM' };
    const stopped = { status: 'stopped', reason: 'Stopped by a stop condition' };
    expect(ill({ ...WELL, ...stopped, changes: [rang] })).toEqual([
      'the experiment ran to its end: Stopped by a stop condition',
      'no critical alarm but those that may ring: NoHealthyServer',
    ]);
    expect(held({ ...WELL, changes: [{ ...rang, critical: false }] })).toBe(true);
    expect(held({ ...WELL, changes: [{ ...rang, at: BEGUN - 1 }] })).toBe(true);
  });

  it.each([
    ['GreaterThanThreshold', 5, false],
    ['GreaterThanOrEqualToThreshold', 5, true],
    ['LessThanThreshold', 4, true],
    ['LessThanOrEqualToThreshold', 5, true],
    ['LessThanThreshold', 6, false],
  ])('is judged by %s as CloudWatch does: %d of 5', (comparison, value, is) => {
    expect(beyond({ comparison, threshold: 5 }, value)).toBe(is);
  });
});

const seen = (status: string, reason?: string): ExperimentSeen => ({
  id: 'EXP1',
  experimentTemplateId: 'EXT-database-failover',
  state: { status, reason },
  actions: { failOver: { state: { status } } },
});

function fake(looks: readonly ExperimentSeen[], more: Partial<Deployed> = {}) {
  const asked: string[] = [];
  const left = [...looks];
  const there: Deployed = {
    fis: {
      begin: async (template) => {
        asked.push(`begin ${template}`);
        return seen('pending');
      },
      look: async () => left.shift() ?? seen('stopped', 'Stopped by a person'),
      end: async (id) => {
        asked.push(`end ${id}`);
        left.length = 0;
      },
      all: async () => [],
    },
    template: (name) => `EXT-${name}`,
    ringing: async () => [],
    underWay: async () => [],
    series: async (_, __, to) => WELL.series.map((each) => ({ ...each, points: [[to, 0] as const] })),
    changes: async () => [],
    ...more,
  };
  return { there, asked };
}

const NEVER = { pressed: () => false, wantsEnd: async () => false };
const go = (there: Deployed, interrupted = NEVER) =>
  run({
    name: 'database-failover',
    experiment,
    environment: 'staging',
    who: 'jane',
    deployed: there,
    say: () => undefined,
    afterMs: 5,
    interrupted,
    lookMs: 1,
  });

describe('a run', () => {
  it('begins the template of that name, waits for its end, and reports what was measured', async () => {
    const { there, asked } = fake([seen('initiating'), seen('running'), seen('completed')]);
    const { held: did, report } = await go(there);
    expect(asked).toEqual(['begin EXT-database-failover']);
    expect(did).toBe(true);
    expect(report).toMatch(/^# Game day: database-failover on staging, \d{4}-\d\d-\d\d\n/);
    expect(report).toContain(experiment.hypothesis);
    expect(report).toContain('**It held.**');
    expect(report).toMatch(/\| ErrorRateHigh +\| 5 /);
    expect(report).toContain('npm run drill -- postgres-killed');
  });

  it('does not begin where what its report needs may not be read', async () => {
    const { there, asked } = fake([], { changes: () => Promise.reject(new Error('no right')) });
    await expect(go(there)).rejects.toThrow('no right');
    expect(asked).toEqual([]);
  });

  it('is ended when a person says so, once, and then did not hold', async () => {
    const { there, asked } = fake(Array.from({ length: 50 }, () => seen('running')));
    const { held: did, report } = await go(there, { pressed: () => true, wantsEnd: async () => true });
    expect(asked).toEqual(['begin EXT-database-failover', 'end EXP1']);
    expect(did).toBe(false);
    expect(report).toContain('Stopped by a person');
  });

  it('goes on where FIS does not end it, says so, and asks again until it does, no longer', async () => {
    const said: string[] = [];
    const { there, asked } = fake([...Array.from({ length: 4 }, () => seen('running')), seen('stopped')]);
    let refusals = 1;
    const end = async (id: string) => {
      if (refusals-- > 0) throw new Error('busy');
      asked.push(`end ${id}`);
    };
    const say = (text: string) => said.push(text);
    await watched({ fis: { ...there.fis, end }, id: 'EXP1', say, wantsEnd: async () => true, lookMs: 1 });
    expect(said).toContain('not ended: busy');
    expect(asked).toEqual(['end EXP1']);
  });

  it('says each state once', async () => {
    const said: string[] = [];
    const { there } = fake([seen('running'), seen('running'), seen('completed')]);
    const say = (text: string) => said.push(text);
    await watched({ fis: there.fis, id: 'EXP1', say, wantsEnd: async () => false, lookMs: 1 });
    expect(said).toEqual(['running, failOver running', 'completed, failOver completed']);
  });
});

describe('an answer that FIS owes', () => {
  const answers = (...states: readonly (string | undefined)[]) => {
    const left = [...states];
    return {
      end: async () => undefined,
      look: async () => {
        const state = left.shift();
        if (!state) throw Object.assign(new Error('a timeout'), { name: 'TimeoutError' });
        return seen(state);
      },
    };
  };
  const watch = (fis: ReturnType<typeof answers>, said: string[] = []) =>
    watched({ fis, id: 'EXP1', say: (text) => said.push(text), wantsEnd: async () => false, lookMs: 1 });

  it('is told and waited for: what was measured must not be lost by a hiccup of the network', async () => {
    const said: string[] = [];
    const end = await watch(answers('running', undefined, undefined, 'completed'), said);
    expect(end.state.status).toBe('completed');
    expect(said.filter((line) => line.includes('no answer (a timeout)'))).toHaveLength(2);
  });

  it('is given up when it never comes', async () => {
    await expect(watch(answers('running'))).rejects.toThrow('a timeout');
  });
});

describe('what stands against it', () => {
  const TUESDAY = new Date(2026, 10, 24, 10);
  const names = Object.keys(EXPERIMENTS);
  const of = (more: Partial<Deployed>, now = TUESDAY, config = OPTIONS) =>
    obstacles(config, fake([], more).there, names, now);

  it('is nothing on a quiet Tuesday morning', async () => {
    expect(await of({})).toEqual([]);
  });

  it('are alarms, rollouts, failovers and other experiments, each by name', async () => {
    const fis = { ...fake([]).there.fis, all: async () => [seen('running'), seen('completed')] };
    const against = await of({ ringing: async () => ['A'], underWay: async () => ['rollouts x in y'], fis });
    expect(against).toEqual([
      'alarms: expected none in ALARM, got A; mend that first',
      'rollouts and failovers: expected none under way, got rollouts x in y; wait for its end',
      'experiments: expected none under way, got EXP1; wait for its end',
    ]);
  });

  it('is an environment that asks before deployments', async () => {
    expect(await of({}, TUESDAY, environment('prod'))).toEqual([
      expect.stringContaining('prod: expected an environment that nobody depends on'),
    ]);
  });

  it.each([
    [new Date(2026, 10, 24, 9), true],
    [new Date(2026, 10, 24, 16), false],
    [new Date(2026, 10, 24, 8, 59), false],
    [new Date(2026, 10, 28, 10), false],
    [new Date(2026, 10, 29, 10), false],
  ])('is the hour: %s', (now, is) => {
    expect(inOffice(now)).toBe(is);
  });
});

describe('the command', () => {
  let said = '';
  beforeEach(() => {
    said = '';
    jest.spyOn(console, 'log').mockImplementation((text) => {
      said += `${text}\n`;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  it('lists the experiments, and asks AWS nothing', async () => {
    expect(await gameDay([], environment)).toBe(0);
    for (const name of Object.keys(EXPERIMENTS)) expect(said).toContain(name);
  });

  it.each([
    [['nothing'], "experiment: expected one of zone-power, cpu-stress,.* got 'nothing'; usage: npm run game-day"],
    [['cpu-stress', '--after', '0'], "--after: expected whole minutes from 1 to 60, got '0'"],
    [
      ['cpu-stress', '--env', 'staging'],
      'gameDays.enabled: expected true in lib/config/staging.ts, got nothing; set it',
    ],
    [['cpu-stress', '--env', 'nowhere'], 'environment: expected one of'],
    [['cpu-stress', '--forse'], "Unknown option '--forse'"],
  ])('refuses %j in one line', async (words, message) => {
    const find = (name: string) => ({ ...environment(name), gameDays: undefined });
    await expect(gameDay(words, find)).rejects.toThrow(new RegExp(message));
  });
});
