/** Password hashes by scrypt, off the event loop and few at a time. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Unavailable } from './errors';

/** OWASP's scrypt setting N=2^15, r=8, p=3: 32 MiB each. https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const COST = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 ** 2 };
const LENGTH = 32;
/** At once, of the four threads Node has: the others stay free for files and names. */
const AT_ONCE = 2;
const WAITING = 64;

let running = 0;
const queue: (() => void)[] = [];

async function slot(): Promise<void> {
  if (running < AT_ONCE) {
    running++;
    return;
  }
  if (queue.length >= WAITING) throw new Unavailable('too many logins at once');
  await new Promise<void>((resolve) => queue.push(resolve));
}

function leave(): void {
  const next = queue.shift();
  if (next) next();
  else running--;
}

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  await slot();
  try {
    return await new Promise((resolve, reject) =>
      scrypt(password.normalize('NFKC'), salt, LENGTH, COST, (error, hash) => (error ? reject(error) : resolve(hash))),
    );
  } finally {
    leave();
  }
}

export async function hashed(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `scrypt$${salt.toString('base64')}$${(await derive(password, salt)).toString('base64')}`;
}

/** A hash that no password has: an unknown address takes as long as a wrong password. */
const NOBODY = `scrypt$${randomBytes(16).toString('base64')}$${randomBytes(LENGTH).toString('base64')}`;

export async function matches(password: string, hash: string = NOBODY): Promise<boolean> {
  const [, salt = '', expected = ''] = hash.split('$');
  const actual = await derive(password, Buffer.from(salt, 'base64'));
  const wanted = Buffer.from(expected, 'base64');
  return wanted.length === actual.length && timingSafeEqual(actual, wanted);
}
