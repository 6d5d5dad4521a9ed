/** What a deployment is told of the servers: decisions alone. The handler with a bucket: test/integration/live-fleets.test.ts. */
import { attributesOf, firstState, limitsOf, refusal } from '../../../lambda/live-fleets/fleets';
import type { Phase, ServiceState } from '../../../lambda/rollout/state';

const ONE = { id: 'one', sha256: '1' };
const LIMITS = { min: 2, max: 10 };
const FIRST = firstState(ONE, LIMITS, 'first');
const GREEN: ServiceState = { ...FIRST, active: 'green', weights: { blue: 0, green: 100 } };

const rolling = (phase: Phase): ServiceState => ({
  ...FIRST,
  // biome-ignore lint/suspicious/noExplicitAny: the rest of a rollout doesn't matter here
  rollout: { phase, release: { id: 'two', sha256: '2' } } as any,
});

describe('limits for a template', () => {
  it('are the configured ones for the active group and none for the other at the first deployment', () => {
    expect(limitsOf(FIRST, 'blue', LIMITS, undefined)).toEqual(LIMITS);
    expect(limitsOf(FIRST, 'green', LIMITS, undefined)).toEqual({ min: 0, max: 0 });
  });

  it('are what the groups have now, whichever is active', () => {
    expect(limitsOf(GREEN, 'green', LIMITS, { min: 4, max: 10 })).toEqual({ min: 4, max: 10 });
    expect(limitsOf(GREEN, 'blue', LIMITS, { min: 0, max: 0 })).toEqual({ min: 0, max: 0 });
  });

  it('are new ones for the active group alone when the configuration changed', () => {
    const wanted = { min: 3, max: 12 };
    expect(limitsOf(GREEN, 'green', wanted, LIMITS)).toEqual(wanted);
    expect(limitsOf(GREEN, 'blue', wanted, { min: 0, max: 0 })).toEqual({ min: 0, max: 0 });
  });
});

it('gives weights as they are, and nothing of a colour that a service has not', () => {
  const state = { ...FIRST, weights: { blue: 95, green: 5 } };
  const groups = { blue: 'workers-blue' };
  expect(attributesOf('workers', { groups }, state, LIMITS, new Map([['workers-blue', LIMITS]]))).toEqual({
    workersBlueMin: '2',
    workersBlueMax: '10',
    workersBlueWeight: '95',
  });
});

describe('a deployment', () => {
  it.each(['prepare', 'boot', 'smoke', 'bake', 'back'] as const)('is refused while servers are moved: %s', (phase) => {
    expect(refusal('prod', 'backend', rolling(phase), 'other')).toBe(
      `backend: expected no rollout under way, got that of release two (${phase}); see its end by: npm run release -- --env prod --watch`,
    );
  });

  it('is let through while only the old servers are kept, and without a rollout', () => {
    expect(refusal('prod', 'backend', rolling('keep'), 'other')).toBeUndefined();
    expect(refusal('prod', 'backend', FIRST, 'other')).toBeUndefined();
  });

  it("is let through when it is the last one again: CloudFormation's way back", () => {
    expect(refusal('prod', 'backend', rolling('bake'), 'first')).toBeUndefined();
  });
});
