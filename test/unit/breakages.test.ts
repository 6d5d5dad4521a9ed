/** The rows of `npm run test:broken`: that each still finds what it breaks, which a run of minutes says much later. Breaks nothing. */
import { existsSync, readFileSync } from 'node:fs';
import breakages from '../broken/breakages.json';

it.each(breakages)('$rule: its place is found once', ({ file, find, replace, test }) => {
  const text = readFileSync(file, 'utf8');
  expect(text.split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
  expect(existsSync(test)).toBe(true);
});
