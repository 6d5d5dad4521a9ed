/** Once a minute, from another region: whether a visitor gets the site. Knows nothing of how it is built. */
import { run } from '../probe/handler';
import { METRICS } from './answers';
import { measure } from './measure';
import { secretValue } from './secret';

export interface Environment {
  readonly ENVIRONMENT: string;
  /** Public host name. */
  readonly SITE: string;
  /** Text that the page holds. */
  readonly MARKER: string;
  /** ARN of the synthetic user's password; empty for none. */
  readonly LOGIN_SECRET: string;
}

const { ENVIRONMENT, SITE, MARKER, LOGIN_SECRET } = process.env as unknown as Environment;
const password = LOGIN_SECRET ? secretValue(LOGIN_SECRET) : undefined;

export const handler = () =>
  run({
    metrics: METRICS,
    identity: { Environment: ENVIRONMENT, Probe: 'uptime' },
    measure: () => measure({ name: SITE, marker: MARKER, password }),
    failed: () => ({ Up: 0 }),
  });
