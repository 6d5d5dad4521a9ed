import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { ALERTS } from '../../lib/alerts';

const named = [...new Set(Object.values(ALERTS).map(({ runbook }) => runbook))].sort();

it('has a runbook for every alert', () => {
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !existsSync(`docs/runbooks/${name}.md`))).toEqual([]);
});

it('has no runbook without an alert', () => {
  expect(
    readdirSync('docs/runbooks')
      .map((name) => name.replace('.md', ''))
      .sort(),
  ).toEqual(named);
});

it.each(named)('%s says where to look and what to do', (name) => {
  expect(readFileSync(`docs/runbooks/${name}.md`, 'utf8')).toMatch(/^# .+\n\n## Look\n- [\s\S]+\n## Do\n- /);
});
