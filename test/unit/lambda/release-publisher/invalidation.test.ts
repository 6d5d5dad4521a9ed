/** Paths of an invalidation, within CloudFront's limits. */
import { invalidationPaths } from '../../../../lambda/release-publisher/invalidation-paths';

const many = (count: number, name: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => name(index));

it('are plain and encoded', () => {
  expect(invalidationPaths(['index.html', 'a b/é+%20?#.txt'])).toEqual([
    '/index.html',
    '/a%20b/%C3%A9%2B%2520%3F%23.txt',
  ]);
});

it('end in a wildcard before what CloudFront does not know', () => {
  expect(invalidationPaths(['a/b~c.txt', 'a/b~d.txt', 'x*.txt'])).toEqual(['/a/b*', '/x*']);
});

it('are at most 3,000, else everything', () => {
  expect(invalidationPaths(many(3000, (index) => `${index}.html`))).toHaveLength(3000);
  expect(invalidationPaths(many(3001, (index) => `${index}.html`))).toEqual(['/*']);
});

it('have at most 15 wildcards, else everything', () => {
  expect(invalidationPaths(many(15, (index) => `${index}~.html`))).toHaveLength(15);
  expect(invalidationPaths(many(16, (index) => `${index}~.html`))).toEqual(['/*']);
});
