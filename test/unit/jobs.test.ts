/** Rules of the jobs that need no server: what a message must be, when it is tried again, what the command may be asked for. */
import { job } from '../../app/backend/jobs/job';
import { retryAfter } from '../../app/worker/consumer';
import { jobsOptions } from '../../lib/commands/jobs/options';

const GOOD = { id: '5f0c6a9e-6f0f-4d67-9d3b-0a3f3b0f5c11', kind: 'send-email', data: {}, requestId: 'r' };

describe('a message', () => {
  it('is a job', () => {
    expect(job(JSON.stringify(GOOD))).toEqual(GOOD);
  });

  it.each([
    ['rubbish', 'expected a job as JSON'],
    ['null', 'message.id: expected a UUID'],
    [JSON.stringify({ ...GOOD, id: 'secret' }), 'message.id: expected a UUID'],
    [JSON.stringify({ ...GOOD, kind: 1 }), 'message.kind: expected the kind of a job'],
    [JSON.stringify({ ...GOOD, data: [] }), 'message.data: expected an object'],
  ])('%s is none, and is not repeated in the error', (body, words) => {
    expect(() => job(body)).toThrow(words);
    expect(() => job(body)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
  });
});

it('waits three times as long before each further try, and a quarter of an hour at most', () => {
  expect([1, 2, 3, 4, 9].map((tries) => retryAfter(tries, 5))).toEqual([5, 15, 45, 135, 900]);
});

describe('npm run jobs', () => {
  it('lists by default the environment of development', () => {
    expect(jobsOptions(['list'])).toMatchObject({ action: 'list', env: 'dev', dryRun: false });
  });

  it.each([
    [[], 'expected list or replay, got nothing'],
    [['delete'], 'expected list or replay, got delete'],
    [['list', 'replay'], 'expected list or replay, got list replay'],
    [['list', '--dry-run'], '--dry-run: expected with replay'],
    [['replay', '--all'], "Unknown option '--all'"],
  ])('refuses %j in one line with its usage', (words, what) => {
    expect(() => jobsOptions(words)).toThrow(what);
    expect(() => jobsOptions(words)).toThrow(/usage: npm run jobs -- list\|replay [^\n]*$/);
  });
});
