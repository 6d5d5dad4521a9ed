/** What a deployment does with the site that is there. */
import { type Change, decide, type SiteProperties } from '../../../../lambda/release-publisher/deployment';
import type { Memory } from '../../../../lambda/release-publisher/plan';
import type { Record } from '../../../../lambda/release-publisher/record';

const properties = (key: string): SiteProperties => ({
  bucket: 'site',
  source: { bucket: 'assets', key },
  keep: '3',
  pruneAfterSeconds: '0',
  retain: 'true',
});

const record = (...origins: readonly (string | undefined)[]): Record => {
  const releases = origins.map((origin, index) => ({ number: index + 1, id: `id${index}`, time: index, origin }));
  const last = releases.at(-1);
  if (!last) throw new Error('expected a release');
  return { ...last, nonce: '', releases, files: new Map(), writes: [], removes: [], contents: new Map(), copies: [] };
};

const memory = (base?: Record, unfinished: readonly Record[] = []): Memory => ({
  base,
  unfinished,
  interrupted: unfinished.length > 0,
  strangers: new Set(),
  kept: [],
});
const create: Change = { type: 'Create', now: properties('a.zip') };
const update = (before: string, now: string): Change => ({
  type: 'Update',
  before: properties(before),
  now: properties(now),
});

it('publishes into a bucket without a release', () => {
  expect(decide(memory(), create)).toBe('publish');
  expect(decide(memory(undefined, [record('a.zip')]), create)).toBe('publish');
});

it('leaves a bucket alone that has one', () => {
  expect(decide(memory(record(undefined)), create)).toBe('leave');
});

it('publishes an update over what the deployment before published', () => {
  expect(decide(memory(record('a.zip')), update('a.zip', 'b.zip'))).toBe('publish');
});

it('takes no release back that came without a deployment', () => {
  expect(decide(memory(record('a.zip', undefined)), update('a.zip', 'b.zip'))).toBe('leave');
});

it('rolls back to the kept release when CloudFormation rolls an update back', () => {
  expect(decide(memory(record('a.zip', 'b.zip')), update('b.zip', 'a.zip'))).toBe('back');
});

it('rolls back when the update failed half way', () => {
  expect(decide(memory(record('a.zip'), [record('b.zip')]), update('b.zip', 'a.zip'))).toBe('back');
});
