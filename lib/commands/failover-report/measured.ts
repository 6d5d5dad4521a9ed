/** What `npm run drill -- dns-failover` took, put down by hand from its table. Real name server, checks and visitors, on one machine and without TLS. */
import type { Switch } from './times';

interface Measured extends Switch {
  readonly step: string;
  /** Of all visitors. */
  readonly slowestS: number;
}

export const MEASURED_ON = 'November 2026, 2 cores';

const settings = { intervalS: 10, failures: 2, ttlS: 10 };

export const MEASURED: readonly Measured[] = [{ step: 'first tier killed, second answers', ...settings, slowestS: 0 }];
