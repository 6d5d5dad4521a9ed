/** The second region in the configuration: what can't be is refused at once, and what waits there is the same application. */
import { checked } from '../../lib/config/check';
import { prod } from '../../lib/config/prod';
import { standbyEnvironment, standbyOf } from '../../lib/config/recovery';

const STANDBY = {
  zones: ['eu-central-1a', 'eu-central-1b'],
  cidr: '10.8.0.0/16',
  natGateways: 1,
  servers: 1,
  sessionReplicas: 1,
} as const;
const recovery = { region: 'eu-central-1', mode: 'warm-standby', standby: STANDBY } as const;
/** With the chain of names that its mode has by itself. */
const multi = { ...prod, preset: 'multi-region', recovery, dns: undefined } as const;

const faults = (others: object): readonly string[] => {
  try {
    checked({ ...multi, ...others }, 'x.ts');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1);
  }
};
const standing = (others: object) => faults({ recovery: { ...recovery, standby: { ...STANDBY, ...others } } });

it('passes in each of its modes', () => {
  expect(faults({})).toEqual([]);
  expect(faults({ recovery: { ...recovery, mode: 'pilot-light' } })).toEqual([]);
  expect(faults({ preset: 'horizontal', recovery: { region: 'eu-central-1', mode: 'backup' } })).toEqual([]);
  expect(faults({ preset: 'horizontal', recovery: undefined })).toEqual([]);
});

it('is refused where the preset says otherwise', () => {
  expect(faults({ preset: 'horizontal' })).toEqual([
    "  recovery.mode: expected none or 'backup' with preset 'horizontal', got \"warm-standby\"",
  ]);
  expect(faults({ recovery: { region: 'eu-central-1' } })).toEqual([
    "  recovery.mode: expected 'pilot-light' or 'warm-standby' with preset 'multi-region', got nothing",
  ]);
});

it('is refused without what it is made of', () => {
  expect(faults({ recovery: { ...recovery, standby: undefined } })).toEqual([
    "  recovery.standby: expected what 'warm-standby' is made of, got nothing",
  ]);
});

it.each<[string, object, string]>([
  [
    'a zone of another region',
    { zones: ['eu-central-1a', 'eu-west-1b'] },
    '  recovery.standby.zones[1]: expected a zone of eu-central-1 that comes once, such as \'eu-central-1a\', got "eu-west-1b"',
  ],
  [
    'the range of the first network',
    { cidr: prod.network.cidr },
    '  recovery.standby.cidr: expected a range apart from 10.0.0.0/16, got "10.0.0.0/16"',
  ],
  [
    'more gateways than zones',
    { natGateways: 3 },
    '  recovery.standby.natGateways: expected at most one for each zone (2), got 3',
  ],
  [
    'more servers than there may be',
    { servers: 11 },
    '  recovery.standby.servers: expected at most fleet.max (10), got 11',
  ],
])('%s is refused', (_, others, line) => {
  expect(standing(others)).toEqual([line]);
});

it('needs a balancer that has a name', () => {
  expect(faults({ edge: { ...prod.edge, directAccess: 'never' }, dns: undefined })).toEqual([
    "  edge.directAccess: expected 'failover' with recovery.mode 'warm-standby': CloudFront finds the second balancer by its name, got \"never\"",
  ]);
});

describe('what waits there', () => {
  const environmentOf = (mode: 'pilot-light' | 'warm-standby') => {
    const standby = standbyOf({ recovery: { ...recovery, mode } });
    return standby && standbyEnvironment(multi, standby);
  };

  it('is the same application in another network, without a second region of its own', () => {
    expect(environmentOf('warm-standby')).toMatchObject({
      name: prod.name,
      region: 'eu-central-1',
      network: { cidr: STANDBY.cidr, natGateways: 1 },
      fleet: { min: 1, max: prod.fleet.max },
      database: { replicas: 0 },
      sessions: { replicas: 1 },
    });
    expect(environmentOf('warm-standby')).not.toHaveProperty('recovery');
  });

  it('has no server with a pilot light, and none that does jobs in either', () => {
    expect(environmentOf('pilot-light')?.fleet.min).toBe(0);
    expect(environmentOf('warm-standby')?.workers.group?.min).toBe(0);
  });

  it('stays in its zones, also where the first region leaves one by itself', () => {
    const standby = standbyOf(multi);
    const shifting = { ...multi, balancing: { ...multi.balancing, autoshift: true } };
    expect(standby && standbyEnvironment(shifting, standby).balancing.autoshift).toBe(false);
  });

  it('is nothing where only backups are copied', () => {
    expect(standbyOf({ recovery: { region: 'eu-central-1' } })).toBeUndefined();
  });
});
