/** One publication at a time in a bucket: an object that only one can create, renewed while its owner lives. */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Bucket, Condition, Stored } from './bucket/bucket';
import { S3Error } from './bucket/s3-error';
import { PublishError } from './error';
import type { Headers } from './files/headers';
import { LOCK_KEY } from './record';

/** After this without a renewal its owner is taken for dead. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** Nothing is written any more when so much of the lease is left: a request may be on its way for a while. */
const MARGIN_MS = 5000;
const POLL_MS = 1000;
const HEADERS: Headers = { contentType: 'application/json', cacheControl: 'no-store' };

interface Claim {
  readonly nonce: string;
  /** Number of the last complete release. */
  readonly base: number;
  readonly host: string;
  /** Where its owner can be looked for: another run there knows at once that it is dead. */
  readonly machine?: string;
  readonly pid: number;
  readonly since: string;
  /** Counts up, so that another run sees that its owner lives. */
  readonly renewed: number;
  /** Why it gave up: nobody has to wait for it. */
  readonly failed?: string;
}

export interface Held extends Claim, Pick<Stored, 'etag' | 'age'> {}

export interface Lock {
  readonly nonce: string;
  /** Throws when it was lost, or may be soon. Asked before anything that is seen. */
  check(): void;
  /** The release is complete: gives the bucket free. */
  free(): Promise<void>;
  /** The release is not complete: the next run mends it, without waiting. */
  fail(reason: string): Promise<void>;
}

/** Boot and process namespace, where the system tells them. */
function machine(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const isDead = ({ age, failed, machine: there, pid }: Held) =>
  failed !== undefined || age > LEASE_MS || (there !== undefined && there === machine() && !runs(pid));

export async function heldLock(bucket: Bucket): Promise<Held | undefined> {
  const stored = await bucket.read(LOCK_KEY);
  return stored && { ...(JSON.parse(stored.body.toString()) as Claim), etag: stored.etag, age: stored.age };
}

const refused = (bucket: Bucket, what: string) =>
  new PublishError(`s3://${bucket.name}: expected to publish alone, got ${what}; nothing was changed, try again later`);

/** Returns when its owner is dead; throws when it is alive, or has just ended. */
async function awaitDeath(bucket: Bucket, held: Held, say: (text: string) => void): Promise<Held> {
  for (let now: Held | undefined = held; now?.etag === held.etag; now = await heldLock(bucket)) {
    if (isDead(now)) return now;
    const left = Math.ceil((LEASE_MS - now.age) / 1000);
    say(`waiting whether ${now.host} still publishes (${left} s at most)`);
    await wait(POLL_MS);
  }
  throw refused(bucket, `a publication from ${held.host} since ${held.since}`);
}

/** Claims the bucket. Throws a PublishError when somebody else publishes; waits for one that may be dead. */
export async function lock(
  bucket: Bucket,
  { base, held, say }: { base: number; held: Held | undefined; say: (text: string) => void },
): Promise<Lock> {
  let claim: Claim = {
    nonce: randomUUID(),
    base,
    host: hostname(),
    machine: machine(),
    pid: process.pid,
    since: new Date().toISOString(),
    renewed: 0,
  };
  const write = async (text: Claim, when: Condition): Promise<string> => {
    try {
      return await bucket.put(LOCK_KEY, HEADERS, Buffer.from(JSON.stringify(text)), { when });
    } catch (error) {
      if (!(error instanceof S3Error) || ![404, 409, 412].includes(error.status)) throw error;
      const now = await heldLock(bucket); // ours, when only the answer was lost
      if (now?.nonce === text.nonce && now.renewed === text.renewed) return now.etag;
      throw refused(bucket, now ? `a publication from ${now.host} since ${now.since}` : 'one that has just ended');
    }
  };
  const dead = held && (await awaitDeath(bucket, held, say));
  let sure = Date.now() + LEASE_MS;
  let etag = await write(claim, dead ? { etag: dead.etag } : 'absent');
  let lost: Error | undefined;
  let renewal = Promise.resolve();
  const renew = async () => {
    const until = Date.now() + LEASE_MS;
    claim = { ...claim, renewed: claim.renewed + 1 };
    try {
      etag = await write(claim, { etag });
      sure = until;
    } catch (error) {
      if (!(error instanceof S3Error)) lost = error as Error;
    }
  };
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, RENEW_MS);
  timer.unref();
  const stop = async () => {
    clearInterval(timer);
    await renewal;
  };
  const check = () => {
    if (lost) throw lost;
    if (Date.now() > sure - MARGIN_MS)
      throw new PublishError(`s3://${bucket.name}/${LOCK_KEY}: expected to renew it in time, got no answer; try again`);
  };
  return {
    nonce: claim.nonce,
    check,
    async free() {
      await stop();
      check();
      await bucket.delete(LOCK_KEY);
    },
    async fail(reason) {
      await stop();
      if (!lost) await write({ ...claim, renewed: claim.renewed + 1, failed: reason }, { etag });
    },
  };
}
