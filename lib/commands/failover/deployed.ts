/** The machine of failovers as it is deployed in the second region: its places, its executions, and a look through its own eyes. Moves nothing but by starting it. */
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { look } from '../../../lambda/failover/observe';
import type { FailoverInput, LookOutput, Places } from '../../../lambda/failover/places';
import type { Seen } from '../../../lambda/failover/seen';
import { ConfigError } from '../../config/config-error';
import { outputsOf, PATIENCE } from '../outputs';

export interface Execution {
  readonly name: string;
  readonly status: string;
  readonly input: FailoverInput;
  /** What its last look said. */
  readonly said?: string;
  /** It goes on in another one. */
  readonly isFull?: boolean;
  /** Of one that failed. */
  readonly cause?: string;
}

export interface Machine {
  readonly places: Places;
  look(input: FailoverInput): Promise<Seen>;
  /** @param name of the execution, unique for 90 days */
  start(input: FailoverInput, name: string): Promise<void>;
  /** Nothing of one that Step Functions doesn't know yet: it learns of a start within seconds. */
  execution(name: string): Promise<Execution | undefined>;
  /** The one under way, else the one that was started last. */
  last(): Promise<Execution | undefined>;
}

async function unlessUnknown<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** Throws a ConfigError where it isn't deployed, or nobody may look. */
export async function machineOf(environment: string, region: string): Promise<Machine> {
  const stack = `Holdfast-${environment}-Failover`;
  const [{ FailoverMachineArn: stateMachineArn }, { ReleaseBucketName: bucket }] = await Promise.all([
    outputsOf(stack, region, ['FailoverMachineArn']),
    outputsOf(`Holdfast-${environment}-BackendRecovery`, region, ['ReleaseBucketName']),
  ]);
  const machines = new SFNClient({ region, ...PATIENCE });
  const { definition = '{}' } = await machines.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const places: Places | undefined = JSON.parse(definition).States?.Begin?.Parameters?.places;
  if (!places)
    throw new ConfigError(
      `${stateMachineArn}: expected a machine that knows both regions, got another; deploy it again`,
    );
  const arnOf = (name: string) => `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;

  async function lastLook(name: string): Promise<Partial<LookOutput>> {
    const asked = { executionArn: arnOf(name), reverseOrder: true, includeExecutionData: true, maxResults: 30 };
    const { events = [] } = (await unlessUnknown(machines.send(new GetExecutionHistoryCommand(asked)))) ?? {};
    const outputs = events.flatMap(({ stateExitedEventDetails }) => stateExitedEventDetails?.output ?? []);
    return (
      outputs.map((output): Partial<LookOutput> => JSON.parse(output)).find(({ said }) => said !== undefined) ?? {}
    );
  }

  async function execution(name: string): Promise<Execution | undefined> {
    const found = await unlessUnknown(machines.send(new DescribeExecutionCommand({ executionArn: arnOf(name) })));
    if (!found) return undefined;
    const { status = '', input = '{}', cause } = found;
    const { said, next } = await lastLook(name);
    return { name, status, input: JSON.parse(input), said, isFull: next === 'again', cause };
  }

  return {
    places,
    look: async (input) => ({ ...(await look(input, places, { bucket, machine: stateMachineArn })), since: {} }),
    async start(input, name) {
      await machines.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    },
    execution,
    async last() {
      const { executions = [] } = await machines.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 100 }));
      const name = (executions.find(({ status }) => status === 'RUNNING') ?? executions[0])?.name;
      return name === undefined ? undefined : execution(name);
    },
  };
}
