/** Asks every node of a Redis or Valkey store in its shape: one, primary and replicas, cluster. Writes nothing into it. */
import { Redis } from 'ioredis';
import { reasonOf } from '../probe/deadline';
import type { Report } from '../probe/report';
import {
  clusterNodes,
  figuresOf,
  freshSlow,
  type METRICS,
  type Memory,
  parseInfo,
  parseSlow,
  type Reading,
  remember,
  replicasOf,
} from './reading';

/** Each of connecting and a command; the whole run has a deadline of its own. */
const STEP_MS = 1500;
/** As many as the engines keep by default. */
const SLOW_LOG = 128;

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Made for each run: a token ends after 15 minutes. */
  readonly password: () => string;
  readonly tls: boolean;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

const addressOf = ({ host, port }: Place) => `${host}:${port}`;

async function ask<T>({ user, password, tls, host: name }: Target, at: Place, work: (redis: Redis) => Promise<T>) {
  const redis = new Redis({
    ...at,
    username: user,
    password: password(),
    ...(tls && { tls: { servername: name } }), // nodes go by address; one certificate names them all
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: STEP_MS,
    commandTimeout: STEP_MS,
    disconnectTimeout: 100, // a hung server never says goodbye
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    disableClientInfo: true, // its user may not
  });
  let why: unknown;
  redis.on('error', (error) => {
    why = error; // more than the promise says
  });
  try {
    await redis.connect();
    return await work(redis);
  } catch (error) {
    throw why ?? error;
  } finally {
    redis.disconnect();
  }
}

async function read(redis: Redis): Promise<Reading> {
  const [info, slow] = await Promise.all([redis.info(), redis.slowlog('GET', SLOW_LOG)]);
  return { info: parseInfo(info), slow: parseSlow(slow) };
}

/** The node that was asked first, and every other that it knows. */
async function topology(target: Target) {
  return ask(target, target, async (redis) => {
    const first = await read(redis);
    if (first.info.cluster_enabled !== '1') {
      const others = first.info.role === 'master' ? replicasOf(first) : [];
      return { first, others: others.map((each) => ({ ...each, primary: false })) };
    }
    const nodes = clusterNodes(String(await redis.cluster('NODES')));
    // the configuration endpoint leads to any node, so all are asked by their own addresses
    return { first: undefined, others: nodes };
  });
}

/** Keeps what was counted, for the next run in this process. */
export function redisMeter(target: Target) {
  let last: Memory | undefined;
  return async (): Promise<Report<typeof METRICS>> => {
    const started = Date.now();
    const { first, others } = await topology(target);
    const asked = await Promise.allSettled(others.map((each) => ask(target, each, read)));
    const readings = [
      ...(first ? [first] : []),
      ...asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])),
    ];
    const silent = others.flatMap((each, index) => {
      const { status, reason } = asked[index] as PromiseRejectedResult;
      return status === 'rejected' ? [{ ...each, why: reasonOf(reason) }] : [];
    });
    const now = Date.now();
    const demoted = first && first.info.role !== 'master';
    const figures = figuresOf(readings, last, now);
    const slow = freshSlow(readings, last, now);
    last = remember(readings, now);
    return {
      figures: {
        ...figures,
        Up: demoted || silent.some(({ primary }) => primary) ? 0 : 1,
        Duration: now - started,
        NodesSilent: silent.length,
      },
      notes: slow.map(({ command, micros }) => `slow: ${command}, ${Math.round(micros / 1000)} ms`),
      faults: [
        ...(demoted ? ['the primary endpoint leads to a replica'] : []),
        ...silent.map((each) => `${addressOf(each)}: ${each.why}`),
      ],
    };
  };
}
