/** Once a minute: what RDS doesn't publish of a database, such as its cache hit ratio and slow statements. Reads no table of the application's. */
import { run } from '../probe/handler';
import { databaseToken } from '../probe/token';
import { postgresMeter } from './measure';
import { downUnlessRefused, METRICS } from './reading';

export interface Environment {
  readonly ENVIRONMENT: string;
  readonly HOST: string;
  readonly PORT: string;
  readonly DATABASE: string;
  readonly DATABASE_USER: string;
  /** '1' everywhere but beside a server without it. */
  readonly TLS: string;
}

const variables = process.env as unknown as Environment;
const { HOST: host, PORT: port, DATABASE_USER: user } = variables;

const measure = postgresMeter({
  host,
  port: Number(port),
  database: variables.DATABASE,
  user,
  password: () =>
    databaseToken(`${host}:${port}`, user, { region: process.env.AWS_REGION ?? '', variables: process.env }),
  tls: variables.TLS === '1',
});

export const handler = () =>
  run({
    metrics: METRICS,
    identity: { Environment: variables.ENVIRONMENT, Probe: 'postgres' },
    measure,
    failed: downUnlessRefused,
  });
