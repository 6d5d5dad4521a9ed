/** What FIS is asked, over HTTP, by a server that a test plays. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fisOf } from '../../lib/commands/game-day/fis';
import { patiently } from '../../lib/commands/patiently';

const seen = (status: string) => ({ id: 'EXP1', experimentTemplateId: 'EXT1', state: { status } });

let server: Server;
const asked: string[] = [];
beforeAll(async () => {
  server = createServer(async (question, answer) => {
    const body = Buffer.concat(await question.toArray()).toString();
    const { method, url, headers } = question;
    asked.push(`${method} ${url} ${body} ${/Credential=[^,]*/.exec(headers.authorization ?? '')?.[0]}`);
    answer.setHeader('content-type', 'application/json');
    const ill = /^\/experiments\/ill-(\d+)/.exec(url ?? '')?.[1];
    if (url === '/experiments/cut') answer.destroy();
    else if (ill) answer.writeHead(Number(ill)).end('{"message":"ill"}');
    else if (url === '/experiments/gone') answer.writeHead(404).end('{"message":"no such experiment"}');
    else if (url?.startsWith('/experiments?'))
      answer.end(
        JSON.stringify({ experiments: [seen('running')], nextToken: url.includes('next') ? undefined : 'n 2' }),
      );
    else answer.end(JSON.stringify({ experiment: seen('running') }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => server.close());
const fis = () =>
  fisOf({
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
  });

it('FIS is asked as its model says, signed for that service and region', async () => {
  await fis().begin('EXT1', 'token');
  await fis().look('EXP1');
  await fis().end('EXP1');
  expect(asked.map((each) => each.replace(/ Credential=AKID\/\d+/, ''))).toEqual([
    'POST /experiments {"experimentTemplateId":"EXT1","clientToken":"token"}/eu-west-1/fis/aws4_request',
    'GET /experiments/EXP1 /eu-west-1/fis/aws4_request',
    'DELETE /experiments/EXP1 /eu-west-1/fis/aws4_request',
  ]);
});

it('lists page by page', async () => {
  expect(await fis().all()).toHaveLength(2);
  expect(asked.at(-1)).toContain('GET /experiments?maxResults=100&nextToken=n%202');
});

it('says what was refused in one line', async () => {
  await expect(fis().look('gone')).rejects.toThrow(
    'FIS in eu-west-1: expected GET /experiments/gone to be done, got 404: {"message":"no such experiment"}',
  );
});

describe('who watches', () => {
  const looks = async (id: string) => {
    const said: string[] = [];
    const before = asked.length;
    await expect(
      patiently(
        () => fis().look(id),
        (text) => said.push(text),
        1,
      ),
    ).rejects.toThrow('FIS in eu-west-1');
    return [asked.length - before, said.length];
  };

  it.each(['cut', 'ill-503', 'ill-429'])(
    'looks again where FIS has no answer, and gives up in the end: %s',
    async (id) => {
      expect(await looks(id)).toEqual([12, 11]);
    },
  );

  it.each(['gone', 'ill-403'])('is refused at once: %s', async (id) => {
    expect(await looks(id)).toEqual([1, 0]);
  });
});
