/** What development.test.ts claims of jobs, from a sign-up to the dead letters and the command for them; it starts no system. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Agent, fetch } from 'undici';
import { HERE } from '../../lib/commands/loopback';
import type { Environment } from '../../lib/config/environment';
import { client, cloudEnv, outputs } from '../../lib/rehearsal/aws';
import { until } from '../../lib/rehearsal/process';
import type { System } from '../../lib/rehearsal/system';
import { serverLogs } from '../support/local-servers';

/** @param state folder of the system @param system known when a test runs */
export function jobs(config: Environment, state: string, system: () => System): void {
  describe('the jobs', () => {
    const dataOutputs = () => outputs(system().cloud, config.region, `Holdfast-${config.name}-Data`);
    const command = (...words: readonly string[]) => {
      const env = cloudEnv(system().cloud, config.region);
      const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/bin/jobs.js', ...words], {
        env,
        encoding: 'utf8',
      });
      return { status, stdout, stderr };
    };
    const json = (...words: readonly string[]) => JSON.parse(command(...words, '--json').stdout);
    const workerLog = () => serverLogs(state, 'worker');

    it('a sign-up on the site leads to a mail in the log of the worker, through the deployed queue', async () => {
      const person = { email: `${randomUUID()}@example.com`, password: randomUUID() };
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(new URL('api/register', system().url), {
        method: 'POST',
        headers,
        body: JSON.stringify(person),
        dispatcher: new Agent({ connect: { lookup: HERE } }),
      });
      const requestId = answer.headers.get('x-request-id') ?? '';
      await until('the mail', async () => workerLog().includes(requestId));
      expect(workerLog()).toContain('"msg":"mail"');
    });

    it('among the dead letters are listed, and sent back by kind, once it is meant', async () => {
      const sqs = new SQSClient(client(system().cloud, config.region));
      const { DeadLetterQueueUrl: QueueUrl } = await dataOutputs();
      const letter = {
        id: randomUUID(),
        kind: 'send-email',
        data: { template: 'welcome', user: randomUUID() },
        requestId: 'r1',
      };
      for (const body of [letter, { ...letter, id: randomUUID(), kind: 'fly' }])
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
      sqs.destroy();
      expect(json('list')).toMatchObject({ dead: 2, letters: [{ id: letter.id, requestId: 'r1' }, { kind: 'fly' }] });
      expect(json('replay', '--kind', 'send-email', '--dry-run')).toMatchObject({
        dead: 2,
        replayed: [{ id: letter.id }],
      });
      expect(json('replay', '--kind', 'send-email')).toMatchObject({ dead: 1, replayed: [{ id: letter.id }] });
      await until('the job', async () => workerLog().includes(`"job":"${letter.id}"`));
      expect(json('list')).toMatchObject({ waiting: 0, underWay: 0, dead: 1, letters: [{ kind: 'fly' }] });
    });

    it('of an environment that is not deployed are told so in one line', () => {
      const { status, stderr } = command('list', '--env', 'prod');
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/^Holdfast-prod-Data: expected a deployed stack in eu-west-1, .*\n$/),
      ]);
    });
  });
}
