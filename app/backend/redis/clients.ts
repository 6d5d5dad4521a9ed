/** Connections to Redis in its three shapes: one endpoint, Sentinel, cluster. Each gives a command a deadline and connects again for ever. */
import { Cluster, Redis, type RedisOptions, SentinelConnector } from 'ioredis';
import { watchName } from '../data/names';
import { backoff } from './backoff';

/** A command on a black-holed socket would otherwise wait for minutes. */
const COMMAND_MS = 400;
const CONNECT_MS = 1000;
/** A frozen server never says goodbye; ioredis waits 2 s for it before it connects again. */
const DISCONNECT_MS = 100;
/** A socket that answers no ping of these in a row is given up: the kernel would keep it for a quarter of an hour. */
const PING_EVERY_MS = 500;
const PINGS_LOST = 2;
/** In a cluster nothing tells the client of a node that is frozen but asking the others. */
const SLOTS_EVERY_MS = 1000;

export type Client = Redis | Cluster;
type Mode = 'single' | 'sentinel' | 'cluster';
/** Which node is asked: 'primary' for all that writes, 'replica' for reads that may be a moment old. */
export type Role = 'primary' | 'replica';

export interface Place {
  readonly mode: Mode;
  /** One for each host: endpoint, sentinels, or seeds of the cluster. Credentials and TLS are the first one's. */
  readonly urls: readonly string[];
  /** Name of the primary that the sentinels watch. */
  readonly sentinelMaster?: string;
}

const hostOf = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port || 6379) });

function access(url: string): RedisOptions {
  const { username, password, protocol } = new URL(url);
  return {
    ...(username && username !== 'default' && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

/** A replica that was promoted, or a primary that was demoted, says so: the connection leads to the wrong server. */
const wrongServer = ({ message }: Error) => /^(READONLY|LOADING|MASTERDOWN)/.test(message);

/** A replica that was promoted serves reads too; the sentinels tell of it a second later, and until then nobody else is left. */
class AnyRole extends SentinelConnector {
  // the option's type wants a constructor that takes anything
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
  }

  override check(): boolean {
    return true;
  }
}

const common = (url: string): RedisOptions => ({
  ...access(url),
  retryStrategy: (attempt) => backoff(attempt),
  commandTimeout: COMMAND_MS,
  connectTimeout: CONNECT_MS,
  disconnectTimeout: DISCONNECT_MS,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  reconnectOnError: wrongServer,
});

function open({ mode, urls, sentinelMaster }: Place, role: Role): Client {
  const [first = ''] = urls;
  if (mode === 'cluster') {
    return new Cluster(urls.map(hostOf), {
      redisOptions: common(first),
      clusterRetryStrategy: (attempt) => backoff(attempt),
      scaleReads: role === 'replica' ? 'slave' : 'master',
      slotsRefreshInterval: SLOTS_EVERY_MS,
      slotsRefreshTimeout: CONNECT_MS,
      enableOfflineQueue: false,
      dnsLookup: (address, found) => found(null, address), // TLS needs the name
    });
  }
  if (mode === 'sentinel') {
    return new Redis({
      ...common(first),
      sentinels: urls.map(hostOf),
      name: sentinelMaster,
      role: role === 'replica' ? 'slave' : 'master',
      sentinelRetryStrategy: (attempt) => backoff(attempt),
      failoverDetector: role === 'primary',
      ...(role === 'replica' && { Connector: AnyRole }),
      connectTimeout: CONNECT_MS,
    });
  }
  return new Redis({ ...hostOf(first), db: Number(new URL(first).pathname.slice(1) || 0), ...common(first) });
}

export interface Connection {
  readonly client: Client;
  /** False from a command's failure until the next ping is answered: what can be done without it needn't try. */
  answers: boolean;
  close(): void;
}

/** Asks every half second whether the server answers, and ends a socket that doesn't; ioredis then opens another. */
function watchPings(connection: Connection): () => void {
  const { client } = connection;
  let lost = 0;
  const timer = setInterval(async () => {
    if (client.status !== 'ready') return;
    try {
      await client.ping();
      connection.answers = true;
      lost = 0;
    } catch {
      lost += 1;
      if (lost < PINGS_LOST) return;
      lost = 0;
      client.disconnect(true); // true: and connect again
    }
  }, PING_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Connects, and again for ever; `onError` hears of each lost connection. */
export function connect(place: Place, role: Role, onError: (error: Error) => void): Connection {
  const client = open(place, role);
  client.on('error', onError);
  const ends: (() => void)[] = [];
  const close = () => {
    for (const end of ends) end();
    client.disconnect();
  };
  const connection: Connection = { client, answers: true, close };
  ends.push(watchPings(connection));
  if (place.mode === 'single') ends.push(watchName(hostOf(place.urls[0] ?? '').host, () => client.disconnect(true)));
  return connection;
}
