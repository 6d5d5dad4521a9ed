/** What development.test.ts claims of the whole way of an alert: a fault in a real server, the deployed alarm, topic and router, and a message at the channel; then its end. It starts no system. */
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { HERE } from '../../lib/commands/loopback';
import type { System } from '../../lib/rehearsal/system';
import { signalNginx } from '../support/local-servers';

const WITHIN_MS = 90_000;

const LOCAL = new Agent({ connect: { lookup: HERE } });

/** For a system that was just made: its messages are of these faults alone. @param state folder of the system @param system known when a test runs */
export function alertWay(state: string, system: () => System): void {
  describe('the channel of alerts', () => {
    const texts = () => (system().channels?.slack ?? []).map(({ texts: all }) => all.at(-1) ?? '');
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
      process.kill(-(system().parts.find((each) => each.name === part)?.pid ?? Number.NaN), name);

    it('tells that no server is healthy, and that it is over, by one message', async () => {
      const stopping = setInterval(() => signalNginx(state, 'SIGSTOP'), 500); // those of the servers that replace them too
      try {
        expect(await heard(/critical: NoHealthyServer firing/)).toContain('docs/runbooks/balancer-unhealthy.md');
      } finally {
        clearInterval(stopping);
        signalNginx(state, 'SIGCONT');
      }
      await heard(/:large_green_circle: .*NoHealthyServer resolved/);
      expect(texts().filter((text) => /NoHealthyServer/.test(text))).toHaveLength(1);
    }, 240_000);

    it('tells that Redis is gone by the errors that visitors get, and that it is over', async () => {
      signal('Redis', 'SIGSTOP');
      const visits = setInterval(
        () => void fetch(new URL('/health', system().url), { dispatcher: LOCAL }).catch(() => {}),
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
  });
}
