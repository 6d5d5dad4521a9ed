/** What a drill happens to: three backends behind the deployed NGINX, Redis and PostgreSQL with their stand-ins. Hurts nothing itself. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts } from '../../lib/rehearsal/ports';
import { ownFolder, startPostgres } from '../../lib/rehearsal/postgres';
import { startBackend, startNginx } from '../../lib/rehearsal/servers';
import { startStandby } from '../../lib/rehearsal/standbys';
import type { Tools } from '../../lib/rehearsal/tools';
import { archiving } from '../support/backups';
import { type Names, names } from './names';
import { Part, type Parts, type Server } from './parts';
import { type RedisShape, redisParts } from './world-redis';

/** In what a world differs from the usual one: a shape of Redis, or a weakened setting. */
export interface Shape {
  /** @default 'pair': one endpoint, a primary and a replica */
  readonly redis?: RedisShape;
  /** Variables of every backend, or of each by its number. @default none but the usual */
  readonly env?:
    | Readonly<Record<string, string>>
    | ((backend: number, world: Endpoints) => Readonly<Record<string, string>>);
  /** Whether a commit waits for the standby, as in RDS Multi-AZ. @default true */
  readonly synchronous?: boolean;
  /** Whether the database's primary archives its WAL, in the folder `wal`. @default false */
  readonly archive?: boolean;
  /** Files of app/server with other contents. @default those a server gets */
  readonly nginx?: (backendPorts: readonly number[]) => Readonly<Record<string, string>>;
}

/** Where the servers are, before the backends start. */
interface Endpoints {
  readonly redis: readonly Server[];
}

export interface Backend {
  readonly part: Part;
  /** Past NGINX. */
  readonly url: string;
}

export interface World extends Endpoints {
  /** NGINX, as the balancer asks it. */
  readonly url: string;
  readonly names: Names;
  readonly backends: readonly Backend[];
  readonly sentinels: readonly Server[];
  readonly primary: Server;
  /** Takes over when the primary fails; nobody reads it. */
  readonly standby: Server;
  /** Only read. */
  readonly replica: Server;
}

const BACKENDS = 3;
const PRIMARY = 'database.drill';
const REPLICA = 'replica.drill';
const [primaryHost, standbyHost, replicaHost] = ['127.0.1.21', '127.0.1.22', '127.0.1.23'] as const;
const SECRETS = { SESSION_SECRET: 's'.repeat(48), JWT_SECRET: 'j'.repeat(48) };

export const DATABASE_NAMES = { primary: PRIMARY, replica: REPLICA } as const;

export interface Site {
  readonly tools: Tools;
  readonly parts: Parts;
  /** Empty. */
  readonly folder: string;
}

function postgresParts({ tools, parts, folder }: Site, port: number, { synchronous = true, archive = false }: Shape) {
  const place = (host: string, args: readonly string[] = []) => ({
    host,
    port,
    folder: resolve(folder, host),
    logFile: join(folder, `${host}.log`),
    args: ['-c', 'wal_keep_size=256MB', ...args], // for who comes late: replicas have no slots here
  });
  const server = (host: string, begin: () => ReturnType<typeof startPostgres>): Server => ({
    host,
    port,
    part: new Part(`PostgreSQL on ${host}`, begin, parts),
  });
  const wal = resolve(folder, 'wal');
  if (archive) ownFolder(tools.postgres, wal);
  const args = [
    ...(synchronous ? ['-c', 'synchronous_standby_names=standby'] : []),
    ...(archive ? archiving(wal) : []),
  ];
  const primary = server(primaryHost, () => startPostgres(tools, place(primaryHost, args)));
  const follower = (host: string, name: string) => {
    let made = false;
    return server(host, async () => {
      if (made) return startPostgres(tools, place(host));
      made = true;
      return startStandby(tools, place(host), primary, name);
    });
  };
  return { primary, standby: follower(standbyHost, 'standby'), replica: follower(replicaHost, 'replica') };
}

/** Starts everything. What it started is among the site's parts, also when it throws. */
export async function startWorld(site: Site, shape: Shape): Promise<World> {
  const { tools, parts, folder } = site;
  mkdirSync(join(folder, 'release/site'), { recursive: true });
  writeFileSync(join(folder, 'release/site/index.html'), '<!doctype html><title>Drill</title>');
  const [redisPort, sentinelPort, postgresPort, nginxPort, ...backendPorts] = (await freePorts(4 + BACKENDS)) as [
    number,
    number,
    number,
    number,
    ...number[],
  ];

  const { redis, sentinels, redisEnv, redisNames, startRedis } = redisParts(
    site,
    shape.redis ?? 'pair',
    redisPort,
    sentinelPort,
  );
  const databases = postgresParts(site, postgresPort, shape);
  const known = names(join(folder, 'names.json'), { ...redisNames, [PRIMARY]: primaryHost, [REPLICA]: replicaHost });
  const { primary, standby, replica } = databases;
  await Promise.all([
    startRedis(),
    primary.part.start().then(() => Promise.all([standby.part.start(), replica.part.start()])),
  ]);

  const usual = {
    ...known.env,
    ...SECRETS,
    ...redisEnv,
    NODE_ENV: 'production',
    TRUST_PROXY: '1',
    MIGRATE: '1',
    DATABASE_URL: `postgresql://postgres@${PRIMARY}:${postgresPort}/postgres`,
    DATABASE_REPLICA_URLS: `postgresql://postgres@${REPLICA}:${postgresPort}/postgres`,
  };
  const backends = backendPorts.map((port, index): Backend => {
    const own = typeof shape.env === 'function' ? shape.env(index, { redis }) : shape.env;
    const logFile = join(folder, `backend-${index + 1}.log`);
    const begin = () => startBackend({ port, release: 'dist', logFile, env: { ...usual, ...own } });
    return { part: new Part(`backend ${index + 1}`, begin, parts), url: `http://127.0.0.1:${port}` };
  });
  await Promise.all(backends.map(({ part }) => part.start()));

  const nginx = new Part(
    'NGINX',
    () =>
      startNginx(tools, {
        port: nginxPort,
        folder: resolve(folder, 'nginx'),
        logFile: join(folder, 'nginx.log'),
        backendPorts,
        release: join(folder, 'release'),
        files: { 'origin.conf': 'default balancer;\n', ...shape.nginx?.(backendPorts) },
      }),
    parts,
  );
  await nginx.start();
  return { url: `http://127.0.0.1:${nginxPort}`, names: known, backends, redis, sentinels, ...databases };
}
