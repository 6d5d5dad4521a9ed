/** The whole way in the local system: a fault in a real server, the deployed alarm, topic and router, and a message at the channel; then its end. */
import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { HERE } from '../../lib/commands/loopback';
import { environment } from '../../lib/config';
import { freePort } from '../../lib/rehearsal/ports';
import { type System, startSystem } from '../../lib/rehearsal/system';
import { signalNginx } from '../support/local-servers';

const STATE = '.holdfast/alert-way';
const WITHIN_MS = 90_000;

const LOCAL = new Agent({ connect: { lookup: HERE } });

let system: System;

beforeAll(async () => {
  rmSync(STATE, { recursive: true, force: true });
  const say = (step: string) => process.stderr.write(`alert way: ${step}\n`);
  system = await startSystem({ config: environment(), port: await freePort(), state: STATE, say });
}, 240_000);
afterAll(() => system?.stop());

const texts = () => (system.channels?.slack ?? []).map(({ texts: all }) => all.at(-1) ?? '');
/** Resolves with the message that matches, when it is there. */
async function heard(what: RegExp): Promise<string> {
  for (const end = Date.now() + WITHIN_MS; ; await wait(500)) {
    const found = texts().find((text) => what.test(text));
    if (found) return found;
    if (Date.now() > end)
      throw new Error(`expected ${what} within ${WITHIN_MS / 1000} s, got:\n${texts().join('\n---\n')}`);
  }
}

it('says nothing of a system that was made and works', async () => {
  await wait(15_000);
  expect(texts().filter((text) => !/Deployment/.test(text))).toEqual([]);
}, 60_000);

/** To all processes of a part. */
const signal = (part: string, name: NodeJS.Signals) =>
  process.kill(-(system.parts.find((each) => each.name === part)?.pid ?? Number.NaN), name);

it('tells that no server is healthy, and that it is over, by one message', async () => {
  const stopping = setInterval(() => signalNginx(STATE, 'SIGSTOP'), 500); // those of the servers that replace them too
  try {
    expect(await heard(/critical: NoHealthyServer firing/)).toContain('docs/runbooks/balancer-unhealthy.md');
  } finally {
    clearInterval(stopping);
    signalNginx(STATE, 'SIGCONT');
  }
  await heard(/:large_green_circle: .*NoHealthyServer resolved/);
  expect(texts().filter((text) => /NoHealthyServer/.test(text))).toHaveLength(1);
}, 240_000);

it('tells that Redis is gone by the errors that visitors get, and that it is over', async () => {
  signal('Redis', 'SIGSTOP');
  const visits = setInterval(
    () => void fetch(new URL('/health', system.url), { dispatcher: LOCAL }).catch(() => {}),
    100,
  );
  try {
    await heard(/critical: ErrorRateCritical firing/);
    signal('Redis', 'SIGCONT');
    await heard(/:large_green_circle: .*ErrorRateCritical resolved/);
  } finally {
    clearInterval(visits);
  }
}, 240_000);
