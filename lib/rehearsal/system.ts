/** The whole system on this machine: an environment deployed by the real CDK CLI into the emulator, whose groups start real servers. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { channelsSecretName } from '../config/alert-channels';
import { ConfigError } from '../config/check';
import { originName } from '../config/dns';
import type { Environment } from '../config/environment';
import { standbyOf } from '../config/recovery';
import { ACCOUNT, accountEnv, type Cloud, healthy, leadsTo, putSecret, renew } from './aws';
import { type Channels, startChannels } from './channels';
import { Databases } from './databases';
import { deploy } from './deployment';
import type { InstanceSettings } from './instance';
import { RunningParts } from './parts';
import { freePorts } from './ports';
import type { Running } from './process';
import { publishRelease, publishSite } from './release';
import { startEmulator, startRedis } from './servers';
import { tools } from './tools';

/** One server of the fleet; its memory kept small, as there may be twenty. */
const INSTANCE = [process.execPath, '--max-semi-space-size=1', resolve('dist/bin/instance.js')];
const HEALTHY_MS = 60_000;
/** Three good answers in a row, 2 s apart, and as much again for a busy machine. */
const LED_MS = 30_000;

export interface Options {
  readonly config: Environment;
  /** Of the emulator, and so of the site. */
  readonly port: number;
  /** Folder of its data. */
  readonly state: string;
  /** Folder of its logs, emptied first. @default `logs` in the folder of its data */
  readonly logs?: string;
  /** Keep the emulated account in that folder: the next start deploys only what changed. @default false */
  readonly keep?: boolean;
  /** Folder of an assembly of that environment. @default synthesised, of what is built */
  readonly assembly?: string;
  /** Told of each step when it begins, and of the log that shows how far it is. */
  readonly say: (step: string, logFile?: string) => void;
  /** Told of a part that ended though nobody asked it to. @default nobody is */
  readonly onEnd?: (error: ConfigError) => void;
  /** Ends the start early; `startSystem` throws its reason then. */
  readonly signal?: AbortSignal;
}

export interface System {
  /** Opens in browsers and curl. */
  readonly url: string;
  readonly cloud: Cloud;
  /** Ports of the first region's servers on this machine. */
  readonly ports: { readonly redis: number; readonly postgres: number };
  /** Which server stands for which instance of RDS. */
  readonly databases: Databases;
  /** Stand-ins for the channels of alerts, where the environment has some. */
  readonly channels?: Channels;
  /** The emulator, Redis and PostgreSQL, by name; the servers of its groups are the emulator's, with a folder each in `logs/servers`. */
  readonly parts: readonly Running[];
  /** Ends every part, last started first. May be called again. */
  stop(): Promise<void>;
}

/** Starts everything, or stops what it started and throws. */
export async function startSystem(options: Options): Promise<System> {
  const parts = new RunningParts(options.onEnd);
  let channels: Channels | undefined;
  const stop = async () => {
    await parts.stop();
    await channels?.stop();
  };
  try {
    channels = options.config.alerts.channels && (await startChannels());
    return { ...(await bringUp(options, parts, channels)), channels, parts: parts.all, stop };
  } catch (error) {
    await stop();
    options.signal?.throwIfAborted(); // the reason rather than what came of it
    throw error;
  }
}

/** A secret that lives as long as the sessions do that it signs. */
function keptSecret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** What RDS calls the database of a region, where the stack of its data has that name. */
const databaseOf = ({ name }: Environment, stack: 'Data' | 'DataRecovery') =>
  `holdfast-${name}-${stack}-primary`.toLowerCase();

/** A server's sessions and database, which are its region's. */
const REACHED = (redisPort: number, postgresPort: number) => ({
  REDIS_URL: `redis://127.0.0.1:${redisPort}`,
  DATABASE_URL: `postgresql://postgres@127.0.0.1:${postgresPort}/postgres`,
});

async function bringUp(
  { config, port, state, logs = `${state}/logs`, keep = false, assembly, say, signal }: Options,
  parts: RunningParts,
  channels: Channels | undefined,
): Promise<Omit<System, 'stop' | 'channels' | 'parts'>> {
  const { region, account = ACCOUNT } = config;
  const at = (path: string) => resolve(state, path);
  const log = (part: string) => resolve(logs, `${part}.log`);
  const home = at('home');
  for (const folder of [home, logs]) {
    rmSync(folder, { recursive: true, force: true }); // the CLI remembers accounts there
    mkdirSync(folder, { recursive: true });
  }
  const cloud: Cloud = { endpoint: `http://127.0.0.1:${port}`, account, home };

  say('tools');
  const found = await tools({ say, signal });
  say('emulator, Redis, PostgreSQL');
  const { add, end } = parts;
  const standby = standbyOf(config);
  const first = { region, name: databaseOf(config, 'Data') };
  const databases = await Databases.listen({ tools: found, state, log, signal, add, end }, first);
  parts.before(() => databases.stop());
  const [redisPort = 0, standbyRedisPort = 0] = await freePorts(2);
  const regions = { [region]: REACHED(redisPort, await databases.port(first)) };
  if (standby) {
    const second = { region: standby.region, name: databaseOf(config, 'DataRecovery') };
    regions[standby.region] = REACHED(standbyRedisPort, await databases.port(second));
  }
  const settings: InstanceSettings = {
    endpoint: cloud.endpoint,
    account,
    nginx: found.nginx,
    folder: at('servers'),
    environment: {
      ...accountEnv(cloud, region),
      NODE_ENV: 'production',
      TRUST_PROXY: '1',
      MIGRATE: '1',
      SESSION_SECRET: keptSecret(at('session-secret')),
      JWT_SECRET: keptSecret(at('token-secret')),
      DRAIN_MS: '200',
    },
    regions,
  };
  rmSync(settings.folder, { recursive: true, force: true });
  writeFileSync(at('servers.json'), JSON.stringify(settings), { mode: 0o600 });
  const place = (part: string) => ({ folder: at(part), logFile: log(part), signal });
  const started = await Promise.allSettled([
    add(
      startEmulator(found, {
        port,
        logFile: log('emulator'),
        temporary: home,
        account,
        state: keep ? at('account') : undefined,
        instances: { command: [...INSTANCE, at('servers.json')], logs: resolve(logs, 'servers') },
        databases: databases.url,
        signal,
      }),
    ),
    databases.begin(),
    add(startRedis(found, { ...place('redis'), port: redisPort })),
    ...(standby ? [add(startRedis(found, { ...place('redis-recovery'), port: standbyRedisPort }))] : []),
  ]);
  for (const each of started) if (each.status === 'rejected') throw each.reason;

  const deployed = await deploy({ config, cloud, state, logFile: log('cdk'), keep, assembly, say, signal });
  const { backend, edge } = deployed;
  if (channels) {
    const value = {
      slackToken: 'local',
      slackUrl: `${channels.url}/api`,
      pagerDutyRoutingKey: 'local',
      pagerDutyUrl: channels.url,
    };
    await putSecret(cloud, region, channelsSecretName(config.name), value);
  }

  say('release, site');
  const places = [{ region, stack: backend, serves: true }];
  if (standby && deployed.standby)
    places.push({ region: standby.region, stack: deployed.standby, serves: standby.mode === 'warm-standby' });
  await publishSite(cloud, edge.SiteBucketName ?? '', edge.SiteReplicas ?? '');
  for (const each of places)
    if (await publishRelease(cloud, { bucket: each.stack.ReleaseBucketName ?? '', region: each.region }))
      await renew(cloud, each.region);

  say('servers');
  const until = Date.now() + HEALTHY_MS * places.length;
  for (const each of places.filter(({ serves }) => serves))
    for (; !(await healthy(cloud, each.region)); await wait(200, undefined, { signal })) {
      signal?.throwIfAborted();
      if (Date.now() > until)
        throw new ConfigError(
          `servers: expected healthy ones in ${each.region} within ${HEALTHY_MS / 1000} s, got none; see ${resolve(logs, 'servers')}`,
        );
    }
  // what asked while nobody served must hear good answers first: until then DNS leads to the second region, which writes nothing
  const led = Date.now() + LED_MS;
  const { domain } = config;
  while (domain && (await leadsTo(cloud, originName(domain))) !== backend.LoadBalancerDnsName?.toLowerCase()) {
    if (Date.now() > led) break; // after a failover it leads there for good
    await wait(200, undefined, { signal });
  }
  const [label = ''] = (edge.DistributionDomainName ?? '').split('.');
  return {
    url: `http://${label}.cloudfront.localhost:${port}/`,
    cloud,
    ports: { redis: redisPort, postgres: await databases.port(first) },
    databases,
  };
}
