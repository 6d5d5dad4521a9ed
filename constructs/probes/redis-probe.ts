/** Watches a session store for what ElastiCache doesn't publish: lag in bytes, slow commands, and whether it answers. Costs about 1 USD a month in metrics. */
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Environment } from '../../lambda/redis-probe';
import { METRICS } from '../../lambda/redis-probe/reading';
import { signal } from '../alerting/signal';
import type { SessionStore } from '../sessions/session-store';
import { ProbeFunction, type ProbeProps } from './probe-function';

export interface RedisProbeProps extends ProbeProps {
  readonly vpc: IVpc;
  readonly store: SessionStore;
}

export class RedisProbe extends Construct {
  readonly #function: ProbeFunction;
  readonly #replicated: boolean;

  constructor(scope: Construct, id: string, props: RedisProbeProps) {
    super(scope, id);
    const { vpc, store } = props;
    const { probe } = store;
    const variables: Omit<Environment, 'ENVIRONMENT'> = {
      ADDRESS: store.addresses.primary,
      CACHE: probe.cache,
      CACHE_USER: probe.user,
      TLS: '1',
    };
    this.#function = new ProbeFunction(this, 'Function', props, { name: 'redis', variables, vpc });
    this.#function.role.addToPolicy(
      new PolicyStatement({ actions: ['elasticache:Connect'], resources: [...probe.arns] }),
    );
    this.#function.connections.allowToDefaultPort(store, 'Sessions');
    this.#replicated = store.replicated;
  }

  /** For who runs it by hand. */
  get functionName(): string {
    return this.#function.functionName;
  }

  get signals() {
    const of = this.#function.metrics(METRICS);
    const replicated = (metric: ReturnType<typeof of>) => (this.#replicated ? [metric] : []);
    return {
      sessionAnswers: signal('count', of('Up', 'Minimum')),
      sessionProbeRuns: signal('count', of('Up', 'SampleCount')),
      sessionLagBytes: signal('bytes', ...replicated(of('LagBytes', 'Maximum'))),
      sessionReplicas: signal('count', ...replicated(of('Replicas', 'Minimum'))),
      sessionSlowCommands: signal('count', of('SlowCommands', 'Sum')),
    };
  }
}
