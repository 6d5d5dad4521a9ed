/** Watches a database for what RDS doesn't publish: cache hits, slow statements, old transactions, size. Costs about 2 USD a month in metrics. */
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Environment } from '../../lambda/postgres-probe';
import { METRICS } from '../../lambda/postgres-probe/reading';
import { signal } from '../alerting/signal';
import type { Postgres } from '../database/postgres';
import { ProbeFunction, type ProbeProps } from './probe-function';

/** Made by app/backend/migrations/0003_probe.sql. */
const USER = 'holdfast_probe';

export interface PostgresProbeProps extends ProbeProps {
  readonly vpc: IVpc;
  readonly database: Postgres;
  /** Name of the database in it. */
  readonly databaseName: string;
}

export class PostgresProbe extends Construct {
  readonly #function: ProbeFunction;

  constructor(scope: Construct, id: string, props: PostgresProbeProps) {
    super(scope, id);
    const { vpc, database, databaseName } = props;
    const { primary } = database;
    const variables: Omit<Environment, 'ENVIRONMENT'> = {
      HOST: primary.dbInstanceEndpointAddress,
      PORT: primary.dbInstanceEndpointPort,
      DATABASE: databaseName,
      DATABASE_USER: USER,
      TLS: '1',
    };
    this.#function = new ProbeFunction(this, 'Function', props, { name: 'postgres', variables, vpc });
    primary.grantConnect(this.#function.role, USER);
    this.#function.connections.allowToDefaultPort(database, 'PostgreSQL');
  }

  /** For who runs it by hand. */
  get functionName(): string {
    return this.#function.functionName;
  }

  get signals() {
    const of = this.#function.metrics(METRICS);
    return {
      databaseAnswers: signal('count', of('Up', 'Minimum')),
      databaseProbeRuns: signal('count', of('Up', 'SampleCount')),
      databaseCacheHit: signal('percent', of('CacheHit', 'Minimum')),
      databaseSize: signal('bytes', of('Size', 'Maximum')),
      databaseSlowStatements: signal('count', of('SlowStatements', 'Sum')),
      databaseOldestTransaction: signal('seconds', of('OldestTransaction', 'Maximum')),
      databaseDeadlocks: signal('count', of('Deadlocks', 'Sum')),
    };
  }
}
