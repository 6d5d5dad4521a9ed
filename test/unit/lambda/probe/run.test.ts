/** How a probe ends whatever happens to what it measures, and what it writes then. */
import { reasonOf } from '../../../../lambda/probe/deadline';
import { run } from '../../../../lambda/probe/handler';

const METRICS = { Up: 'Count', Size: 'Bytes', Took: 'logged' } as const;
const identity = { Environment: 'test', Probe: 'none' };

async function told(measure: Parameters<typeof run<typeof METRICS>>[0]['measure']) {
  const lines: string[] = [];
  const answer = await run(
    { metrics: METRICS, identity, measure, failed: () => ({ Up: 0 }) },
    (line) => lines.push(line),
    50,
  );
  return { answer, lines: lines.map((line) => JSON.parse(line)) };
}

it('tells in one line at its deadline what no answer came for', async () => {
  const { answer, lines } = await told(() => new Promise(() => undefined));
  expect(answer).toEqual({ Up: 0, faults: ['no answer within 50 ms'] });
  expect(lines).toEqual([expect.objectContaining({ ...identity, Up: 0, faults: ['no answer within 50 ms'] })]);
});

it('publishes what is known, and nothing that is not', async () => {
  const { lines } = await told(async () => ({ figures: { Up: 1, Size: undefined }, faults: [] }));
  expect(lines[0]._aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: 'Up', Unit: 'Count' }]);
  expect(lines[0]).not.toHaveProperty('Size');
});

it('writes what is only logged into the line, and pays for no metric of it', async () => {
  const { lines } = await told(async () => ({ figures: { Up: 1, Took: 7 }, faults: [] }));
  expect(lines[0]._aws.CloudWatchMetrics[0].Metrics).toEqual([{ Name: 'Up', Unit: 'Count' }]);
  expect(lines[0]).toMatchObject({ Took: 7 });
});

it('closes what is open at its deadline', async () => {
  const aborted = jest.fn();
  await told((signal) => new Promise(() => signal.addEventListener('abort', aborted)));
  expect(aborted).toHaveBeenCalled();
});

it('says of an error its first line, and nothing that a client put beside it', () => {
  const error = Object.assign(new Error('no\nmore'), { command: { name: 'auth', args: ['secret'] } });
  expect(reasonOf(error)).toBe('no');
  expect(reasonOf(undefined)).toBe('no reason given');
  expect(reasonOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
});
