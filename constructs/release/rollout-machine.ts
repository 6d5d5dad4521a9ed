/** The machine of rollouts: one loop of looks, in Step Functions, and the functions it calls. What a look decides: lambda/rollout. */
import { Duration } from 'aws-cdk-lib';
import type { IConnectable, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IChainable, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Environment } from '../../lambda/rollout/service';
import { exempt } from '../exemptions';
import { wildcardFinding } from './group-arn';
import { loopMachine } from './loop-machine';
import { type ReleaseFunctionProps, releaseFunction } from './release-function';
import type { RolledService } from './rolled-service';
import { rolloutGrants } from './rollout-grants';
import { SmokeFunction } from './smoke-function';

export interface RolloutMachineProps extends ReleaseFunctionProps {
  /** Name of the environment. */
  readonly environment: string;
  /** Of the releases, and the states of services. */
  readonly bucket: IBucket;
  readonly services: readonly RolledService[];
  readonly vpc: IVpc;
  readonly balancer: IConnectable;
}

export class RolloutMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: RolloutMachineProps) {
    super(scope, id);
    const { services, vpc, balancer } = props;
    const isPublic = services.some(({ balanced }) => balanced?.test.serverName !== undefined);
    const { handler: smoke } = new SmokeFunction(this, 'Smoke', { ...props, vpc, balancer, isPublic });
    this.machine = this.#machine(props, this.#look(props), smoke);
  }

  #look(props: RolloutMachineProps): IFunction {
    const { environment, bucket, services } = props;
    const allow = rolloutGrants(this, bucket, services);
    const { handler, role } = releaseFunction(this, props, {
      code: 'rollout',
      timeout: Duration.minutes(2),
      allow,
      environment: { ENVIRONMENT: environment, RELEASE_BUCKET: bucket.bucketName } satisfies Environment,
    });
    const named = allow
      .map(([, resource]) => resource)
      .filter((resource) => resource.includes('*') && resource !== '*');
    exempt(role, 'wildcard', ...named.map((resource) => wildcardFinding(this, resource)));
    return handler;
  }

  #machine(props: RolloutMachineProps, look: IFunction, smoke: IFunction) {
    const { environment, services } = props;
    return loopMachine(this, props, {
      name: `Holdfast-${environment}-rollouts`,
      comment: 'Brings a release to the servers, step by step, and back',
      look,
      input: 'rollout',
      told: { services: Object.fromEntries(services.map(({ name, ...service }) => [name, service])) },
      done: 'Released',
      asks: { functions: [smoke], states: (looking) => ({ smoke: this.#asking(looking, smoke) }) },
    });
  }

  #asking(looking: IChainable, smoke: IFunction) {
    return new LambdaInvoke(this, 'Ask', {
      lambdaFunction: smoke,
      inputPath: '$.asked', // not the payload: that would be `Parameters.$`, which no state has
      payloadResponseOnly: true,
      resultPath: '$.smoke',
    })
      .addCatch(looking, { resultPath: '$.smoke' })
      .next(looking);
  }
}
