/** The machine of rollouts: one loop of looks, in Step Functions, and the functions it calls. What a look decides: lambda/rollout. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { IConnectable, IVpc } from 'aws-cdk-lib/aws-ec2';
import { type CfnPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import {
  type CfnStateMachine,
  Choice,
  Condition,
  CustomState,
  DefinitionBody,
  Fail,
  JsonPath,
  LogLevel,
  Pass,
  StateMachine,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { Environment } from '../../lambda/rollout/service';
import { exempt } from '../exemptions';
import { Logs } from '../storage/logs';
import { wildcardFinding } from './group-arn';
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

  #machine({ environment, services, logKey, logRetention }: RolloutMachineProps, look: IFunction, smoke: IFunction) {
    const stateMachineName = `Holdfast-${environment}-rollouts`;
    const role = new Role(this, 'MachineRole', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
    const machineArn = Stack.of(this).formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName: stateMachineName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [machineArn] }));
    const machine = new StateMachine(this, 'Machine', {
      stateMachineName, // its role may start it again, and whoever releases finds it
      comment: 'Brings a release to the servers, step by step, and back',
      definitionBody: DefinitionBody.fromChainable(this.#loop(services, look, smoke)),
      role,
      tracingEnabled: true,
      logs: { destination: new Logs(this, 'MachineLogs', { logKey, logRetention }), level: LogLevel.ALL },
    });
    const policy = role.node.findChild('DefaultPolicy').node.defaultChild as CfnPolicy;
    // CDK names the role as well, which the role's ARN does already
    (machine.node.defaultChild as CfnStateMachine).addOverride('DependsOn', [Stack.of(this).getLogicalId(policy)]);
    // any version of a function; logs and traces know no narrower resource
    for (const { functionArn } of [look, smoke]) exempt(role, 'wildcard', this.#versionsOf(functionArn));
    exempt(role, 'wildcard', 'Resource::*');
    return machine;
  }

  #versionsOf(functionArn: string): string {
    const { 'Fn::GetAtt': parts } = Stack.of(this).resolve(functionArn) as { 'Fn::GetAtt': readonly string[] };
    return `Resource::<${parts.join('.')}>:*`;
  }

  #loop(services: readonly RolledService[], look: IFunction, smoke: IFunction) {
    const looking = new LambdaInvoke(this, 'Look', {
      lambdaFunction: look,
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
    }).addRetry({
      interval: Duration.seconds(2),
      backoffRate: 1.5,
      maxDelay: Duration.seconds(30),
      maxAttempts: 20, // some eight minutes: AWS may be busy for so long
    });
    const waiting = new Wait(this, 'Wait', { time: WaitTime.secondsPath('$.seconds') });
    const asking = new LambdaInvoke(this, 'Ask', {
      lambdaFunction: smoke,
      inputPath: '$.asked', // not the payload: that would be `Parameters.$`, which no state has
      payloadResponseOnly: true,
      resultPath: '$.smoke',
    }).addCatch(looking, { resultPath: '$.smoke' });
    const again = new CustomState(this, 'Again', {
      stateJson: {
        Type: 'Task',
        Resource: Stack.of(this).formatArn({
          service: 'states',
          account: '',
          region: '',
          resource: 'states:startExecution',
          arnFormat: ArnFormat.NO_RESOURCE_NAME,
        }),
        Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id', 'Input.$': '$.rollout' },
      },
    });
    const is = (next: string) => Condition.stringEquals('$.next', next);
    looking.next(
      new Choice(this, 'Next')
        .when(is('wait'), waiting.next(looking))
        .when(is('smoke'), asking.next(looking))
        .when(is('done'), new Succeed(this, 'Released'))
        .when(is('again'), again.next(new Succeed(this, 'GoesOn')))
        .otherwise(new Fail(this, 'Ended', { errorPath: '$.error', causePath: '$.reason' })),
    );
    const told = Object.fromEntries(services.map(({ name, ...service }) => [name, service]));
    const begin = new Pass(this, 'Begin', {
      parameters: { rollout: JsonPath.entirePayload, services: told, looks: 0 },
    });
    return begin.next(looking);
  }
}
