/** Programs beside the server, each loaded only where its variable turns it on: what is off costs no memory and no time at the start. */
import { join } from 'node:path';
import type { Reports } from './error-reports/reports';
import type { Settings } from './settings';
import type { Tracing } from './tracing/tracing';

export interface Optional {
  readonly tracing: Tracing | undefined;
  readonly reports: Reports | undefined;
}

/** By its path: what is named outright would be bundled into the server. */
const load = async <T>(name: string): Promise<T> => (await import(join(__dirname, `${name}.js`))) as T;

export async function optional({ port, environment, tracing, errorDsn }: Settings): Promise<Optional> {
  return {
    tracing:
      tracing &&
      new (await load<typeof import('./tracing/tracing')>('tracing')).Tracing({ ...tracing, port, environment }),
    reports: errorDsn
      ? new (await load<typeof import('./error-reports/reports')>('error-reports')).Reports({
          dsn: errorDsn,
          environment,
        })
      : undefined,
  };
}
