/** The whole system on this machine: an environment deployed by the real CDK CLI into the emulator, and the real servers behind it. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Environment } from '../config/environment';
import { ACCOUNT, assemblyFolder, type Cloud, cdk, healthy, object, outputs, register } from './aws';
import { freePort, type Running } from './process';
import { unpack } from './release';
import { startBackend, startEmulator, startNginx, startPostgres, startRedis } from './servers';
import { tools } from './tools';

const EDGE_REGION = 'us-east-1';
const BACKENDS = 2;

export interface Options {
  readonly config: Environment;
  /** Of the emulator, and so of the site. */
  readonly port: number;
  /** Folder of everything the run leaves behind. */
  readonly state: string;
  /** Told of each step when it begins. */
  readonly say: (step: string) => void;
  /** Told of the process groups that run now, whenever one is added. */
  readonly onPart?: (pids: readonly number[]) => void;
  /** Ends the start early. */
  readonly signal?: AbortSignal;
}

export interface System {
  /** Opens in browsers and curl. */
  readonly url: string;
  readonly cloud: Cloud;
  readonly parts: readonly Running[];
  /** Ends every part, last started first. May be called again. */
  stop(): Promise<void>;
}

/** Starts everything, or stops what it started and throws. */
export async function startSystem(options: Options): Promise<System> {
  const parts: Running[] = [];
  const stop = async () => {
    for (const part of parts.splice(0).reverse()) await part.stop();
  };
  try {
    return { ...(await bringUp(options, parts)), parts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(
  { config, port, state, say, onPart, signal }: Options,
  parts: Running[],
): Promise<Pick<System, 'url' | 'cloud'>> {
  const { name, region } = config;
  const logs = resolve(state, 'logs');
  mkdirSync(logs, { recursive: true });
  const home = resolve(state, 'home');
  rmSync(home, { recursive: true, force: true }); // the CLI remembers accounts there
  mkdirSync(home, { recursive: true });
  const cloud: Cloud = { endpoint: `http://127.0.0.1:${port}`, home };
  const log = (part: string) => join(logs, `${part}.log`);
  const add = async (part: Promise<Running>) => {
    parts.push(await part);
    onPart?.(parts.map(({ pid }) => pid));
    signal?.throwIfAborted();
  };

  say('tools');
  const found = tools(say);
  say('emulator, Redis, PostgreSQL');
  const [redisPort, postgresPort, nginxPort, ...backendPorts] = (await Promise.all(
    Array.from({ length: 3 + BACKENDS }, freePort),
  )) as [number, number, number, ...number[]];
  const started = await Promise.allSettled([
    add(startEmulator(found, { port, logFile: log('emulator') })),
    add(startRedis(found, { port: redisPort, folder: join(state, 'redis'), logFile: log('redis') })),
    add(startPostgres(found, { port: postgresPort, folder: resolve(state, 'postgres'), logFile: log('postgres') })),
  ]);
  for (const each of started) if (each.status === 'rejected') throw each.reason;

  const run = async (step: string, args: readonly string[]) => {
    say(step);
    const logFile = log(`cdk-${args[0]}`);
    const { code, output } = await cdk(cloud, region, args, logFile, signal);
    if (code !== 0)
      throw new Error(
        `${step}: expected cdk ${args[0]} to succeed, got exit code ${code} (${logFile}):\n${output.trimEnd().split('\n').slice(-15).join('\n')}`,
      );
  };
  const app = ['--app', `${process.execPath} dist/app.js`, '-c', `env=${name}`, '--output', assemblyFolder(state)];
  await run('bootstrap', [
    'bootstrap',
    '--app',
    '',
    ...[region, EDGE_REGION].map((each) => `aws://${ACCOUNT}/${each}`),
  ]);
  await run(`deploy ${name}`, ['deploy', ...app, '--all', '--require-approval', 'never', '--concurrency', '4']);

  say('release, backends, NGINX');
  const backend = await outputs(cloud, region, `Holdfast-${name}-Backend`);
  const edge = await outputs(cloud, EDGE_REGION, `Holdfast-${name}-Edge`);
  const { ReleaseBucketName: bucket = '', TargetGroupArn: group = '' } = backend;
  const { id, sha256 } = JSON.parse(Buffer.from(await object(cloud, region, bucket, 'current.json')).toString());
  const archive = await object(cloud, region, bucket, `releases/${id}.tar`);
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== sha256) throw new Error(`release ${id}: expected sha256 ${sha256}, got ${got}`);
  const release = resolve(state, 'release');
  await unpack(archive, release);
  const env = {
    NODE_ENV: 'production',
    TRUST_PROXY: '1',
    MIGRATE: '1',
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgresPort}/postgres`,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    JWT_SECRET: randomBytes(32).toString('hex'),
    DRAIN_MS: '200',
  };
  for (const each of backendPorts)
    await add(startBackend(each, join(release, 'backend/server.js'), log(`backend-${each}`), env));
  await add(
    startNginx(found, {
      port: nginxPort,
      folder: resolve(state, 'nginx'),
      logFile: log('nginx'),
      backendPorts,
      release,
    }),
  );

  say('balancer');
  await register(cloud, region, group, nginxPort);
  for (const until = Date.now() + 30_000; !(await healthy(cloud, region, group)); await wait(200)) {
    if (Date.now() > until)
      throw new Error(`balancer: expected a healthy target within 30 s, got none; see the logs in ${logs}`);
  }
  const [label = ''] = (edge.DistributionDomainName ?? '').split('.');
  return { url: `http://${label}.cloudfront.localhost:${port}/`, cloud };
}
