/** A state machine that is one loop of looks by one function, which says what comes next. What a look decides is the function's; whoever needs other steps hands them in. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { type CfnPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  type CfnStateMachine,
  Choice,
  Condition,
  CustomState,
  DefinitionBody,
  Fail,
  type IChainable,
  JsonPath,
  LogLevel,
  Pass,
  StateMachine,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import { exempt } from '../exemptions';
import { Logs, type LogsProps } from '../storage/logs';

export interface Loop {
  /** Of the machine: its role may start it again, and whoever starts it finds it. */
  readonly name: string;
  readonly comment: string;
  readonly look: IFunction;
  /** Under which a look finds what the execution was started with; another execution is started with that when one is full. */
  readonly input: string;
  /** What every look is told besides. */
  readonly told: Readonly<Record<string, unknown>>;
  /** Id of the state in which all is done. */
  readonly done: string;
  /** Other functions that are asked when a look's `next` says so; they lead back to the look. @default none */
  readonly asks?: {
    readonly functions: readonly IFunction[];
    readonly states: (looking: IChainable) => Readonly<Record<string, IChainable>>;
  };
}

export const machineArn = (scope: Construct, resourceName: string): string =>
  Stack.of(scope).formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });

function versionsOf(scope: Construct, { functionArn }: IFunction): string {
  const { 'Fn::GetAtt': parts } = Stack.of(scope).resolve(functionArn) as { 'Fn::GetAtt': readonly string[] };
  return `Resource::<${parts.join('.')}>:*`;
}

function definition(scope: Construct, { look, input, told, done, asks }: Loop) {
  const looking = new LambdaInvoke(scope, 'Look', {
    lambdaFunction: look,
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
  }).addRetry({
    interval: Duration.seconds(2),
    backoffRate: 1.5,
    maxDelay: Duration.seconds(30),
    maxAttempts: 20, // some eight minutes: AWS may be busy for so long
  });
  const waiting = new Wait(scope, 'Wait', { time: WaitTime.secondsPath('$.seconds') });
  const further = Object.entries(asks?.states(looking) ?? {});
  const again = new CustomState(scope, 'Again', {
    stateJson: {
      Type: 'Task',
      Resource: Stack.of(scope).formatArn({
        service: 'states',
        account: '',
        region: '',
        resource: 'states:startExecution',
        arnFormat: ArnFormat.NO_RESOURCE_NAME,
      }),
      Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id', 'Input.$': `$.${input}` },
    },
  });
  const is = (next: string) => Condition.stringEquals('$.next', next);
  const next = new Choice(scope, 'Next').when(is('wait'), waiting.next(looking));
  for (const [name, state] of further) next.when(is(name), state);
  looking.next(
    next
      .when(is('done'), new Succeed(scope, done))
      .when(is('again'), again.next(new Succeed(scope, 'GoesOn')))
      .otherwise(new Fail(scope, 'Ended', { errorPath: '$.error', causePath: '$.reason' })),
  );
  const begin = new Pass(scope, 'Begin', { parameters: { [input]: JsonPath.entirePayload, ...told, looks: 0 } });
  return begin.next(looking);
}

/** Made in `scope` itself, so that ids stay short. */
export function loopMachine(scope: Construct, { logKey, logRetention }: LogsProps, loop: Loop): StateMachine {
  const { name, comment, look, asks } = loop;
  const role = new Role(scope, 'MachineRole', { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [machineArn(scope, name)] }));
  const machine = new StateMachine(scope, 'Machine', {
    stateMachineName: name,
    comment,
    definitionBody: DefinitionBody.fromChainable(definition(scope, loop)),
    role,
    tracingEnabled: true,
    logs: { destination: new Logs(scope, 'MachineLogs', { logKey, logRetention }), level: LogLevel.ALL },
  });
  const policy = role.node.findChild('DefaultPolicy').node.defaultChild as CfnPolicy;
  // CDK names the role as well, which the role's ARN does already
  (machine.node.defaultChild as CfnStateMachine).addOverride('DependsOn', [Stack.of(scope).getLogicalId(policy)]);
  // any version of a function; logs and traces know no narrower resource
  for (const each of [look, ...(asks?.functions ?? [])]) exempt(role, 'wildcard', versionsOf(scope, each));
  exempt(role, 'wildcard', 'Resource::*');
  return machine;
}
