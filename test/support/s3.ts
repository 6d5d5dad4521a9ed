/** A real S3 server for tests: the emulator, or the versitygw that HOLDFAST_S3 names. Holds nothing between runs. */
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { openBucket } from '../../lambda/release-publisher/bucket/bucket';
import type { Settings } from '../../lambda/release-publisher/bucket/request';
import { freePort } from '../../lib/rehearsal/ports';
import { answers, type Running, start } from '../../lib/rehearsal/process';
import { startEmulator } from '../../lib/rehearsal/servers';
import { foundTools } from './backend';

const WHO = { accessKeyId: '000000000000', secretAccessKey: 'test-secret' };

export interface S3 extends Running {
  readonly endpoint: string;
}

/** For a program that publishes there. */
export const s3Env = (endpoint: string): Readonly<Record<string, string>> => ({
  PATH: process.env.PATH ?? '',
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: WHO.accessKeyId,
  AWS_SECRET_ACCESS_KEY: WHO.secretAccessKey,
  AWS_REGION: 'us-east-1',
});

export const s3Settings = (endpoint: string): Settings => ({ endpoint, credentials: async () => WHO });

export const bucketAt = (endpoint: string, name: string) => openBucket(name, s3Settings(endpoint));

/** A line for each request, of versitygw only. */
export const accessLog = (folder: string) => resolve(folder, 'access.log');

async function startGateway(program: string, port: number, folder: string): Promise<Running> {
  const data = resolve(folder, 'data');
  mkdirSync(data);
  return start({
    name: 'versitygw',
    command: program,
    args: ['--keep-alive', '--quiet', '--access-log', accessLog(folder), '--port', `127.0.0.1:${port}`, 'posix', data],
    env: { ROOT_ACCESS_KEY: WHO.accessKeyId, ROOT_SECRET_KEY: WHO.secretAccessKey },
    logFile: `${folder}/versitygw.log`,
    ready: () => answers(`http://127.0.0.1:${port}/`),
  });
}

/** @param folder is emptied */
export async function startS3(folder: string): Promise<S3> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const program = process.env.HOLDFAST_S3;
  const running = program
    ? await startGateway(program, port, folder)
    : await startEmulator(await foundTools(), {
        port,
        logFile: `${folder}/emulator.log`,
        temporary: resolve(folder),
        account: WHO.accessKeyId,
      });
  return { ...running, endpoint: `http://127.0.0.1:${port}` };
}

/** A call of AWS's own client. */
async function called<T>(endpoint: string, call: (client: S3Client) => Promise<T>): Promise<T> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: WHO, forcePathStyle: true });
  return call(client).finally(() => client.destroy());
}

export async function makeBucket(endpoint: string, name: string) {
  await called(endpoint, (client) => client.send(new CreateBucketCommand({ Bucket: name })));
  return bucketAt(endpoint, name);
}

export async function headersOf(endpoint: string, bucket: string, key: string) {
  const asked = new HeadObjectCommand({ Bucket: bucket, Key: key });
  const { ContentType, CacheControl } = await called(endpoint, (client) => client.send(asked));
  return { ContentType, CacheControl };
}
