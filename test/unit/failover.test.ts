/** What `npm run failover` does and refuses, with a machine that a test plays. What the machine decides: test/unit/lambda/failover. */
import type { FailoverInput } from '../../lambda/failover/places';
import { failover } from '../../lib/commands/failover';
import type { Execution, Machine } from '../../lib/commands/failover/deployed';
import { type FailoverOptions, failoverOptions } from '../../lib/commands/failover/options';
import { begin, dryRun, type Event, resume, type Task } from '../../lib/commands/failover/tasks';
import { environment } from '../../lib/config';
import { PLACES } from '../support/failover-places';
import { FailoverWorld } from '../support/failover-world';

class FakeMachine implements Machine {
  readonly places = PLACES;
  readonly started: { readonly input: FailoverInput; readonly name: string }[] = [];
  /** What each look at the execution finds, one after the other; the last one stays. */
  states: readonly (Partial<Execution> | undefined)[] = [
    { status: 'RUNNING', said: 'fence up' },
    { status: 'SUCCEEDED' },
  ];
  lastOne: Execution | undefined;

  constructor(readonly world: FailoverWorld) {}

  look = async (input: FailoverInput) => ({ ...(await this.world.look(input)), since: {} });
  start = async (input: FailoverInput, name: string) => {
    this.started.push({ input, name });
  };
  execution = async (name: string) => {
    const [first, ...others] = this.states;
    if (others.length > 0) this.states = others;
    return first && { name, status: 'RUNNING', input: { id: name, to: '', maxLagSeconds: 1, who: '' }, ...first };
  };
  last = async () => this.lastOne;
}

let world: FailoverWorld;
let machine: FakeMachine;
let events: Event[];
let agreed: number;
beforeEach(() => {
  world = new FailoverWorld();
  machine = new FakeMachine(world);
  events = [];
  agreed = 0;
});

const task = (...words: readonly string[]): Task => ({
  machine,
  options: failoverOptions(['--env', 'prod', ...words]) as FailoverOptions,
  maxLagSeconds: 60,
  who: 'jane@example.com',
  say: (event) => events.push(event),
  agree: async () => {
    agreed += 1;
  },
  lookMs: 1,
});
const OVER = ['--to', 'eu-central-1'];

describe('a dry run', () => {
  it('prints each step in its order, and starts nothing', async () => {
    world.lose('gone');
    expect(await dryRun(task(...OVER, '--dry-run'))).toBe(0);
    expect([machine.started, world.acts, agreed]).toEqual([[], [], 0]);
    expect(events[0]?.steps).toEqual([
      'fence up: visitors go to eu-central-1',
      'at least 4 servers in backend-blue',
      'at least 2 servers in workers-blue',
      'promote away',
      '1 alarms tell',
    ]);
  });

  it('of a healthy first region is refused in one line', async () => {
    await expect(dryRun(task(...OVER, '--dry-run'))).rejects.toThrow(
      /^eu-west-1: expected to be down, got answers .*--force$/,
    );
  });
});

describe('a failover', () => {
  it('is agreed to once, started under who began it, and shown to its end', async () => {
    world.lose('gone');
    expect(await begin(task(...OVER))).toBe(0);
    expect(agreed).toBe(1);
    expect(machine.started[0]?.name).toMatch(/^eu-central-1_\d{14}_jane-example-com$/);
    expect(machine.started[0]?.input).toMatchObject({ to: 'eu-central-1', force: false, maxLagSeconds: 60 });
    expect(events.map(({ event }) => event)).toEqual(['plan', 'started', 'step', 'end']);
  });

  it('that Step Functions does not know of yet is waited for', async () => {
    world.lose('gone');
    machine.states = [undefined, undefined, { status: 'SUCCEEDED' }];
    expect(await begin(task(...OVER))).toBe(0);
  });

  it('with more to lose than allowed starts nothing, and asks nobody', async () => {
    world = new FailoverWorld({ lag: 300 });
    machine = new FakeMachine(world);
    world.lose('gone');
    await expect(begin(task(...OVER))).rejects.toThrow(/^lag: expected at most 210 s/);
    expect([machine.started, agreed]).toEqual([[], 0]);
  });

  it('that ends for a person says why, and how to go on', async () => {
    world.lose('gone');
    machine.states = [{ status: 'FAILED', cause: 'lag: expected at most 60 s' }];
    await expect(begin(task(...OVER))).rejects.toThrow(/got FAILED: lag: expected at most 60 s; go on with --resume$/);
  });
});

describe('--resume', () => {
  const lastOne = (status: string): Execution => ({
    name: 'eu-central-1_2026_bob',
    status,
    input: { id: 'eu-central-1_2026_bob', to: 'eu-central-1', maxLagSeconds: 60, who: 'bob', begun: true },
  });

  it('shows one that runs, and starts nothing', async () => {
    machine.lastOne = lastOne('RUNNING');
    expect(await resume(task(...OVER, '--resume'))).toBe(0);
    expect(machine.started).toEqual([]);
  });

  it('begins one that was stopped anew, under its own name', async () => {
    machine.lastOne = lastOne('ABORTED');
    expect(await resume(task(...OVER, '--resume'))).toBe(0);
    expect(machine.started[0]?.name).toMatch(/^eu-central-1_2026_bob_again_/);
    expect(machine.started[0]?.input).not.toHaveProperty('begun');
  });

  it('of one that has ended, or goes elsewhere, is refused', async () => {
    machine.lastOne = lastOne('SUCCEEDED');
    await expect(resume(task(...OVER, '--resume'))).rejects.toThrow(
      /^--resume: expected a failover to eu-central-1 that hasn't/,
    );
    machine.lastOne = lastOne('ABORTED');
    await expect(resume(task('--to', 'eu-west-1', '--resume'))).rejects.toThrow(/goes elsewhere$/);
  });
});

describe('what is asked for', () => {
  it.each([
    ['no region', [], /^--to: expected the region/],
    ['a region that is neither', ['--to', 'us-west-2'], /^--to: expected eu-west-1 or eu-central-1 .*got 'us-west-2'$/],
    [
      'an environment without a second region',
      ['--env', 'dev', '--to', 'eu-central-1'],
      /^--env: expected an environment with/,
    ],
    ['an unknown option', ['--now'], /^Unknown option '--now'; usage: npm run failover/],
    [
      'a plan of what goes on',
      ['--to', 'eu-central-1', '--dry-run', '--resume'],
      /^expected one of --dry-run and --resume/,
    ],
  ])('ends with 2 and one line: %s', async (_, words, message) => {
    const printed = jest.spyOn(console, 'error').mockReturnValue();
    expect(await failover(['--env', 'prod', ...words], environment)).toBe(2);
    expect(printed.mock.calls.flat().join('\n')).toMatch(message);
    printed.mockRestore();
  });

  it('without credentials is refused in one line', async () => {
    const before = { ...process.env };
    process.env = {
      ...before,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nowhere',
      AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
    };
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) delete process.env[name];
    await expect(failover(['--env', 'prod', ...OVER], environment)).rejects.toThrow(
      /^credentials: expected some, got none.*; sign in/,
    );
    process.env = before;
  });
});
