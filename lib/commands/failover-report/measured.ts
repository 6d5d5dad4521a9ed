/** What `npm run drill -- dns-failover` took, put down by hand from its table. Real name server, checks and visitors, on one machine and without TLS. */
import type { Switch } from './times';

interface Measured extends Switch {
  readonly step: string;
  /** Of all visitors. */
  readonly slowestS: number;
}

export const MEASURED_ON = 'November 2026, 2 cores, 10 visitors';

const settings = { intervalS: 10, failures: 2, ttlS: 10 };

/** The faults came right after a check, the worst moment. */
export const MEASURED: readonly Measured[] = [
  { step: 'first tier killed, the second answers', ...settings, slowestS: 29.2 },
  { step: 'second tier frozen too, the third answers', ...settings, slowestS: 33.8 },
  { step: 'first tier back, it answers again', ...settings, slowestS: 28.8 },
];
