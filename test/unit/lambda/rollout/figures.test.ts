/** What a canary is held against, and how CloudWatch's minutes become one figure. What follows from figures: cases.test.ts. */
import type { GetMetricDataCommand, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { cloudWatch } from '../../../../lambda/rollout/clients';
import { compared, figuresOf, spansOf } from '../../../../lambda/rollout/figures';
import type { UnderWay } from '../../../../lambda/rollout/seen';
import type { Rollout } from '../../../../lambda/rollout/state';
import { servicesOf } from '../../../support/rollout-run';
import { NEW, OLD, PLAN, RolloutWorld } from '../../../support/rollout-world';

const MINUTE = 60_000;
const BEGUN = 1000 * MINUTE;
const SINCE = BEGUN + 2 * MINUTE + 30_000;
const NOW = BEGUN + 5 * MINUTE;

const state = (rollout: Partial<Rollout>, green = 5): UnderWay => ({
  active: 'blue',
  fleets: { blue: OLD, green: NEW },
  weights: { blue: 100 - green, green },
  configured: { min: 2, max: 10 },
  outcomes: [],
  rollout: {
    id: 'one',
    release: NEW,
    from: OLD,
    plan: PLAN,
    phase: 'bake',
    step: 0,
    begun: BEGUN,
    since: SINCE,
    size: 2,
    limits: { min: 2, max: 10 },
    firing: [],
    ...rollout,
  },
});

describe('a new release is held against', () => {
  const before = { colour: 'blue', from: BEGUN - 5 * MINUTE, to: BEGUN };

  it('the old one since the step began', () => {
    expect(spansOf(state({}), NOW)).toEqual({
      canary: { colour: 'green', from: SINCE, to: NOW },
      baseline: { colour: 'blue', from: SINCE, to: NOW },
    });
  });

  it('what was before, where the old one has no requests any more', () => {
    expect(spansOf(state({ step: 3 }, 100), NOW)?.baseline).toEqual(before);
  });

  it('what was before, where servers are replaced in place', () => {
    expect(spansOf(state({ phase: 'boot', plan: { ...PLAN, strategy: 'rolling' } }), NOW)).toEqual({
      canary: { colour: 'blue', from: SINCE, to: NOW },
      baseline: before,
    });
  });

  it.each(['prepare', 'boot', 'smoke', 'keep', 'back'] as const)('nothing in %s', (phase) => {
    expect(spansOf(state({ phase }), NOW)).toBeUndefined();
  });
});

const at = (...minutes: readonly number[]) => minutes.map((minute) => new Date(BEGUN + minute * MINUTE));

it('a p95 counts by how many requests its minute had, and requests without errors are requests', () => {
  const requests = { Timestamps: at(2, 1), Values: [300, 100] };
  const p95 = { Timestamps: at(1, 2), Values: [0.5, 0.1] };
  expect(figuresOf({ requests, p95 })).toEqual({ requests: 400, errors: 0, p95: (0.5 * 100 + 0.1 * 300) / 400 });
  expect(figuresOf({})).toEqual({ requests: 0, errors: 0, p95: 0 });
});

describe('CloudWatch', () => {
  const { balanced } = servicesOf(new RolloutWorld()).backend ?? {};
  const answers = (results: readonly MetricDataResult[]) =>
    jest.spyOn(cloudWatch, 'send').mockImplementation(async () => ({ MetricDataResults: results }));
  afterEach(() => jest.restoreAllMocks());

  it('is asked for whole minutes of both groups of targets', async () => {
    const send = answers([{ Id: 'requests', StatusCode: 'Complete', Timestamps: at(3), Values: [7] }]);
    expect(await compared(balanced, state({}), NOW)).toMatchObject({
      canary: { requests: 7 },
      baseline: { requests: 7 },
    });
    const asked = send.mock.calls.map(([command]) => (command as GetMetricDataCommand).input);
    expect(asked.map(({ StartTime }) => StartTime)).toEqual([...at(2), ...at(2)]);
    expect(
      asked.map(({ MetricDataQueries: [first] = [] }) => first?.MetricStat?.Metric?.Dimensions?.[0]?.Value),
    ).toEqual(['targetgroup/backend-green', 'targetgroup/backend-blue']);
  });

  it('that knows a part only is asked again: without the errors all would seem well', async () => {
    answers([
      { Id: 'requests', StatusCode: 'Complete', Timestamps: at(3), Values: [500] },
      { Id: 'errors', StatusCode: 'InternalError' },
    ]);
    await expect(compared(balanced, state({}), NOW)).rejects.toThrow(
      'errors: expected all its figures, got InternalError',
    );
  });
});
