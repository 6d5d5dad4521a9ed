import { existsSync, readFileSync } from 'node:fs';

/** Number of demands by kind: none may vanish from the page. */
const DEMANDS = { FE: 13, SE: 9, BE: 12, LB: 3, DB: 9, MO: 14, DE: 4, GR: 5, GO: 8, X: 12, U: 15 };

const ROW = /^\| ((?:FE|SE|BE|LB|DB|MO|DE|GR|GO|X|U)-\d+) \| (.+) \| (.+) \| (.+) \|$/;
const rows = readFileSync('docs/coverage.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, id = '', , file = '', test = ''] = ROW.exec(line) ?? [];
    return id ? [{ id, file: file.replaceAll('`', ''), test: test.replaceAll('`', '') }] : [];
  });

it('has a row for every demand, each once', () => {
  const expected = Object.entries(DEMANDS).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`),
  );
  expect(rows.map(({ id }) => id).sort()).toEqual(expected.sort());
});

it.each(rows.filter(({ file }) => file !== 'open'))('$id names a file and a test that exist', ({ file, test }) => {
  expect([existsSync(file), test.endsWith('.test.ts') && existsSync(test)]).toEqual([true, true]);
});

it.each(rows.filter(({ file }) => file === 'open'))('$id is open on both sides', ({ test }) => {
  expect(test).toBe('open');
});
