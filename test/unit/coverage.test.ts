import { existsSync, readFileSync } from 'node:fs';

/** Number of demands by kind: none may vanish from the page. */
const DEMANDS = { FE: 13, SE: 9, BE: 12, LB: 3, DB: 9, MO: 14, DE: 4, GR: 5, GO: 8, X: 12, U: 15 };

const ROW = /^\| ((?:FE|SE|BE|LB|DB|MO|DE|GR|GO|X|U)-\d+) \| (.+) \| (.+) \| (.+) \|$/;
const PATHS = /^`[^`]+`(, `[^`]+`)*( \(open: [^()]+\))?$/;
const paths = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);

const rows = readFileSync('docs/coverage.md', 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, id = '', , file = '', test = ''] = ROW.exec(line) ?? [];
    return id ? [{ id, file, test }] : [];
  });
const proved = rows.filter(({ file, test }) => file !== 'open' || test !== 'open');

it('has a row for every demand, each once', () => {
  const expected = Object.entries(DEMANDS).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`),
  );
  expect(rows.map(({ id }) => id).sort()).toEqual(expected.sort());
});

it.each(proved)('$id names files and tests that exist, and nothing else but what is open', ({ file, test }) => {
  expect([file, test].filter((cell) => !PATHS.test(cell))).toEqual([]);
  expect([...paths(file), ...paths(test)].filter((path) => !existsSync(path))).toEqual([]);
  expect(paths(test).filter((path) => !/\.test\.ts$|^test\/drills\/families\//.test(path))).toEqual([]);
});
