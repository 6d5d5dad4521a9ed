/** Log events on their way to OpenSearch, which is a stand-in here that answers as its documentation of `_bulk` says. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { handler } from '../../../lambda/log-forwarder';
import { bulkOf, outcomeOf } from '../../../lambda/log-forwarder/bulk';

const AT = Date.UTC(2026, 10, 28, 12);
const batch = (...messages: readonly string[]) => ({
  messageType: 'DATA_MESSAGE' as const,
  logGroup: 'Logs',
  logStream: 'i-1/backend',
  logEvents: messages.map((message, n) => ({ id: `e${n}`, timestamp: AT, message })),
});
const event = (value: object) => ({ awslogs: { data: gzipSync(JSON.stringify(value)).toString('base64') } });
const parsed = (body: string) =>
  body
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a line of the log', () => {
  it("keeps its fields, and goes into the day's index under its own id", () => {
    expect(parsed(bulkOf(batch('{"level":30,"ms":1.5}'), 'prod').join(''))).toEqual([
      { create: { _index: 'prod-2026.11.28', _id: 'e0' } },
      { level: 30, ms: 1.5, '@timestamp': '2026-11-28T12:00:00.000Z', logGroup: 'Logs', logStream: 'i-1/backend' },
    ]);
  });

  it.each(['plain text', '[1]', '"text"', 'null'])('that is no object becomes a message: %s', (line) => {
    expect(parsed(bulkOf(batch(line), 'prod').join(''))[1]).toMatchObject({ message: line });
  });
});

it('sends again what found no place, and not what is there already or never fits', () => {
  const item = (status: number, type?: string) => ({ create: { status, ...(type && { error: { type } }) } });
  expect(outcomeOf([item(201), item(429), item(409), item(400, 'mapper_parsing_exception'), item(503)])).toEqual({
    again: [1, 4],
    refused: ['mapper_parsing_exception'],
  });
});

describe('the handler', () => {
  let domain: Server;
  let asked: { headers: IncomingHttpHeaders; url: string; lines: readonly Record<string, unknown>[] }[];
  let answers: readonly (readonly number[] | number)[];
  const before = { ...process.env };

  beforeEach(async () => {
    asked = [];
    domain = createServer(async (question, answer) => {
      const lines = parsed(Buffer.concat(await question.toArray()).toString());
      asked.push({ headers: question.headers, url: question.url ?? '', lines });
      const told = answers[asked.length - 1] ?? 500;
      if (typeof told === 'number') return answer.writeHead(told).end('{}');
      const items = told.map((status) => ({ create: { status } }));
      return answer.end(JSON.stringify({ errors: told.some((status) => status > 299), items }));
    });
    domain.listen(0, '127.0.0.1');
    await once(domain, 'listening');
    Object.assign(process.env, {
      ENDPOINT: `http://127.0.0.1:${(domain.address() as AddressInfo).port}`,
      INDEX: 'prod',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
      AWS_REGION: 'eu-west-1',
    });
  });
  afterEach(() => {
    process.env = { ...before };
    domain.closeAllConnections();
    domain.close();
  });

  it('posts a signed batch', async () => {
    answers = [[201, 201]];
    await handler(event(batch('one', 'two')));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe('/_bulk');
    expect(asked[0]?.headers['content-type']).toBe('application/x-ndjson');
    expect(asked[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=a\/\d{8}\/eu-west-1\/es\/aws4_request/,
    );
  });

  it('sends only what is left, after a busy answer and a partial one', async () => {
    answers = [503, [201, 429], [201]];
    await handler(event(batch('one', 'two')));
    expect(asked.map(({ lines }) => lines.length)).toEqual([4, 4, 2]);
    expect(asked[2]?.lines[1]).toMatchObject({ message: 'two' });
  });

  it('fails when nobody takes it, so that Lambda asks again', async () => {
    answers = [];
    await expect(handler(event(batch('one')))).rejects.toThrow('expected 1 lines to be taken');
    expect(asked).toHaveLength(4);
  });

  it("says at once that the domain doesn't let it in", async () => {
    answers = [403];
    await expect(handler(event(batch('one')))).rejects.toThrow("got 403; see the domain's access policy");
    expect(asked).toHaveLength(1);
  });

  it('answers the question whether it is there without asking anybody', async () => {
    await handler(event({ ...batch(), messageType: 'CONTROL_MESSAGE' }));
    expect(asked).toEqual([]);
  });
});
