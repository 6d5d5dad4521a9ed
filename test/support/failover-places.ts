/** The two regions of failovers that tests try, and what is asked for. */
import type { FailoverInput, Places } from '../../lambda/failover/places';
import type { SideName } from '../../lambda/failover/seen';

export const FENCE_SECONDS = 90;
export const PLACES: Places = {
  first: { region: 'eu-west-1', primary: 'data', replicas: ['data-r1', 'data-r2'], url: 'https://first' },
  second: { region: 'eu-central-1', primary: 'away', replicas: [], url: 'https://second' },
  fence: 'arn:fence',
  services: {
    backend: { groups: { blue: 'backend-blue', green: 'backend-green' }, waiting: 1, min: 4 },
    workers: { groups: { blue: 'workers-blue' }, waiting: 0, min: 2 },
  },
  quiet: ['BackendRecovery'],
  backupDays: 14,
  fenceSeconds: FENCE_SECONDS,
};

export const order = (to: SideName, change: Partial<FailoverInput> = {}): FailoverInput => ({
  id: `failover-${to}`,
  to: PLACES[to].region,
  maxLagSeconds: 60,
  who: 'jane',
  ...change,
});
