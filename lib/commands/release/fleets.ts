/** What is deployed of an environment's releases in a region: the bucket with archives and states, and the machine that moves servers. Decides nothing. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { archiveKey, manifestKey, type RolloutInput } from '../../../lambda/rollout/state';
import { readState, type Stored, writeState } from '../../../lambda/rollout/store';
import type { Environment } from '../../config/environment';
import { servicesOf } from '../../config/releases';
import { outputsOf, PATIENCE } from '../outputs';
import { type Place, placesOf } from '../regions';

/** How an execution ended, or that it runs. */
export interface Execution {
  readonly input: RolloutInput;
  readonly status: string;
  /** Of one that failed. */
  readonly cause?: string;
}

export interface Fleets {
  /** Of the services that have one, in their order. */
  states(): Promise<ReadonlyMap<string, Stored>>;
  /** @returns false where another one wrote since */
  writeState(service: string, stored: Stored): Promise<boolean>;
  /** @param name of the execution, unique for 90 days @default the rollout's */
  start(input: RolloutInput, name?: string): Promise<void>;
  /** Of that name. */
  execution(name: string): Promise<Execution | undefined>;
  /** Whether any execution moves that rollout: its own, or one that resumed it. */
  runs(id: string): Promise<boolean>;
  /** Names of the environment's alarms that are in ALARM. */
  alarms(): Promise<readonly string[]>;
  archive(id: string): Promise<Buffer | undefined>;
  /** As JSON. */
  manifest(id: string): Promise<string | undefined>;
  /** @returns false where there is one already, which stays */
  put(id: string, what: 'archive' | 'manifest', body: Uint8Array | string): Promise<boolean>;
}

const TYPES = {
  archive: { key: archiveKey, type: 'application/x-tar' },
  manifest: { key: manifestKey, type: 'application/json' },
} as const;
/** An archive may be large. */
const TRANSFER_MS = 120_000;

const named = (error: unknown, ...names: readonly string[]) => names.includes((error as { name?: string }).name ?? '');

/** Throws a ConfigError where the environment isn't deployed there, or nobody may look. @param place @default the first region */
export async function fleetsOf(config: Environment, place: Place = placesOf(config)[0]): Promise<Fleets> {
  const { name } = config;
  const { region, suffix } = place;
  const [{ RolloutMachineArn }, { ReleaseBucketName: Bucket }] = await Promise.all([
    outputsOf(`Holdfast-${name}-Rollouts${suffix}`, region, ['RolloutMachineArn']),
    outputsOf(`Holdfast-${name}-Backend${suffix}`, region, ['ReleaseBucketName']),
  ]);
  const s3 = new S3Client({
    region,
    maxAttempts: 4,
    forcePathStyle: process.env.AWS_ENDPOINT_URL !== undefined, // a stand-in has no name for each bucket
    requestHandler: { connectionTimeout: 3000, requestTimeout: TRANSFER_MS, throwOnRequestTimeout: true },
  });
  const machine = new SFNClient({ region, ...PATIENCE });
  const watch = new CloudWatchClient({ region, ...PATIENCE });
  const body = async (Key: string) => {
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (named(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  };
  return {
    async states() {
      const found = new Map<string, Stored>();
      for (const service of servicesOf(config)) {
        const stored = await readState(s3, Bucket, service);
        if (stored) found.set(service, stored);
      }
      return found;
    },
    writeState: async (service, { state, etag }) => (await writeState(s3, Bucket, service, state, etag)) !== undefined,
    async start(input, execution = input.id) {
      const asked = { stateMachineArn: RolloutMachineArn, name: execution, input: JSON.stringify(input) };
      await machine.send(new StartExecutionCommand(asked));
    },
    async execution(execution) {
      const executionArn = `${RolloutMachineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
      try {
        const { input = '{}', status = '', cause } = await machine.send(new DescribeExecutionCommand({ executionArn }));
        return { input: JSON.parse(input), status, cause };
      } catch (error) {
        if (named(error, 'ExecutionDoesNotExist')) return undefined;
        throw error;
      }
    },
    async runs(id) {
      const asked = { stateMachineArn: RolloutMachineArn, statusFilter: 'RUNNING' } as const;
      const { executions = [] } = await machine.send(new ListExecutionsCommand(asked));
      return executions.some(({ name: execution }) => execution?.startsWith(id));
    },
    async alarms() {
      const asked = { AlarmNamePrefix: `Holdfast-${name}-`, StateValue: 'ALARM' } as const;
      const { MetricAlarms = [] } = await watch.send(new DescribeAlarmsCommand(asked));
      return MetricAlarms.map(({ AlarmName = '' }) => AlarmName).sort();
    },
    archive: (id) => body(archiveKey(id)),
    manifest: async (id) => (await body(manifestKey(id)))?.toString(),
    async put(id, what, Body) {
      const { key, type } = TYPES[what];
      const object = { Bucket, Key: key(id), Body, ContentType: type, CacheControl: 'no-store', IfNoneMatch: '*' };
      try {
        await s3.send(new PutObjectCommand(object));
        return true;
      } catch (error) {
        if (error instanceof S3ServiceException && [409, 412].includes(error.$metadata.httpStatusCode ?? 0))
          return false;
        throw error;
      }
    },
  };
}
