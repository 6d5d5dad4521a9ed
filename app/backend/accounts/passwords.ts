/** Password hashes by scrypt: on a thread of their own, one after the other, and no more waiting than is worth it. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Unavailable } from '../http/errors';
import type { Asked, Derived } from './password-worker';

/** At about 120 ms each the last one waits for 2 s. */
const WAITING = 16;
/** Beside floods its thread gets a third of the processor or less; who waits longer is told to come again. */
const LATE_MS = 6000;
const LENGTH = 32;

/** A hash that no password has: an unknown address takes as long as a wrong password. */
const NOBODY = `scrypt$${randomBytes(16).toString('base64')}$${randomBytes(LENGTH).toString('base64')}`;

export class Passwords {
  readonly #waiting = new Map<number, { resolve(hash: Buffer): void; reject(error: Error): void }>();
  #worker: Worker | undefined;
  #next = 0;

  /** Hashes that are waited for now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  async hashed(password: string): Promise<string> {
    const salt = randomBytes(16);
    return `scrypt$${salt.toString('base64')}$${(await this.#derive(password, salt)).toString('base64')}`;
  }

  async match(password: string, hash: string = NOBODY): Promise<boolean> {
    const [, salt = '', expected = ''] = hash.split('$');
    const actual = await this.#derive(password, Buffer.from(salt, 'base64'));
    const wanted = Buffer.from(expected, 'base64');
    return wanted.length === actual.length && timingSafeEqual(actual, wanted);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #derive(password: string, salt: Buffer): Promise<Buffer> {
    if (this.#waiting.size >= WAITING) return Promise.reject(new Unavailable('too many logins at once'));
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject }); // it keeps its place until it is done
      setTimeout(reject, LATE_MS, new Unavailable('logins take too long')).unref();
      this.#thread().postMessage({ id, password: password.normalize('NFKC'), salt } satisfies Asked);
    });
  }

  /** Started when it is first needed, and again should it ever end. */
  #thread(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(join(__dirname, 'password-worker.js'));
    worker.unref();
    worker.on('message', ({ id, hash }: Derived) => {
      this.#waiting.get(id)?.resolve(Buffer.from(hash));
      this.#waiting.delete(id);
    });
    worker.on('error', () => undefined); // its end says the same
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(new Unavailable('the password thread ended'));
      this.#waiting.clear();
    });
    this.#worker = worker;
    return worker;
  }
}
