/** The publishers that are compared, each as its users call it. All get the same folder, bucket and server. */
import { spawn } from 'node:child_process';
import { s3Env } from '../../support/s3';

const HANDLER =
  'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3-deployment/bucket-deployment-handler/index.py';

export interface Job {
  readonly endpoint: string;
  readonly bucket: string;
  readonly folder: string;
  /** The folder's zip in the bucket `assets`, as CDK has uploaded it before: its upload isn't counted. */
  readonly zip: string;
}

type Command = readonly [string, ...string[]];

const PYTHON = process.env.HOLDFAST_BENCH_PYTHON ?? 'python3';

const OURS = ({ bucket, folder }: Job) => ['--json', '--source', folder, '--bucket', bucket];

const TOOLS = {
  holdfast: (job) => ['npm', 'run', '--silent', 'publish-frontend', '--', ...OURS(job)],
  'without npm': (job) => ['node', 'bin/run.mjs', 'publish-frontend', ...OURS(job)],
  rclone: ({ bucket, folder }) => [
    'rclone',
    ...['sync', folder, `bench:${bucket}`, '--checksum', '--fast-list', '--transfers', '48'],
  ],
  'aws s3 sync': ({ bucket, folder }) => [
    PYTHON,
    ...['-m', 'awscli', 's3', 'sync', '--delete', '--only-show-errors', folder, `s3://${bucket}`],
  ],
  BucketDeployment: ({ bucket, zip }) => [
    PYTHON,
    'test/bench/publish/bucket-deployment.py',
    HANDLER,
    JSON.stringify({
      RequestType: 'Create',
      ResourceProperties: { SourceBucketNames: ['assets'], SourceObjectKeys: [zip], DestinationBucketName: bucket },
    }),
  ],
} satisfies Record<string, (job: Job) => Command>;

export type Tool = keyof typeof TOOLS;
export const NAMES = Object.keys(TOOLS) as Tool[];

const envOf = (endpoint: string) => {
  const env = s3Env(endpoint);
  return {
    ...env,
    HOME: process.env.HOME,
    RCLONE_CONFIG: '/dev/null',
    RCLONE_CONFIG_BENCH_TYPE: 's3',
    RCLONE_CONFIG_BENCH_PROVIDER: 'Other',
    RCLONE_CONFIG_BENCH_ENDPOINT: endpoint,
    RCLONE_CONFIG_BENCH_ACCESS_KEY_ID: env.AWS_ACCESS_KEY_ID,
    RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY: env.AWS_SECRET_ACCESS_KEY,
  };
};

/** Returns the seconds that it took. Throws when it fails. */
export async function publishWith(tool: Tool, job: Job): Promise<number> {
  const [command, ...args] = TOOLS[tool](job);
  const begin = performance.now();
  const child = spawn(command, args, { env: envOf(job.endpoint), stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  const code = await new Promise((done, failed) => child.once('close', done).once('error', failed));
  if (code !== 0) throw new Error(`${tool}: expected exit code 0, got ${code}: ${said.slice(-2000)}`);
  return (performance.now() - begin) / 1000;
}
