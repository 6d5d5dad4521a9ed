/** The guide for whoever is on call, against the catalogue and the runbooks. Not the advice in it. */
import { readFileSync } from 'node:fs';
import { ALERTS } from '../../lib/alerts';
import { codeIn, parsedRunbook, unknownIn } from '../support/runbooks';

const PAGE = readFileSync('docs/on-call.md', 'utf8');
const SEVERITIES = ['critical', 'warning', 'info'];
const row = (severity: string) => PAGE.split('\n').find((line) => line.startsWith(`| ${severity} |`)) ?? '';
const alerts = Object.entries(ALERTS);

it.each(SEVERITIES)('has a policy for %s, with examples of that severity only', (severity) => {
  expect(row(severity).split(' | ')).toHaveLength(4);
  const examples = codeIn(row(severity));
  expect(examples.filter((name) => ALERTS[name as keyof typeof ALERTS]?.severity !== severity)).toEqual([]);
  expect(examples.length > 0).toBe(alerts.some(([, alert]) => alert.severity === severity));
});

it('has a policy for every severity in use', () => {
  expect([...new Set(alerts.map(([, { severity }]) => severity))].filter((one) => !SEVERITIES.includes(one))).toEqual(
    [],
  );
});

it('lets every critical alert wake the on-call', () => {
  const silent = alerts
    .filter(([, { severity }]) => severity === 'critical')
    .filter(([, { runbook }]) => {
      const { sections } = parsedRunbook(readFileSync(`docs/runbooks/${runbook}.md`, 'utf8'));
      return !sections.some(({ heading, text }) => heading === 'Who to wake' && text.includes('on-call'));
    });
  expect(silent.map(([name]) => name)).toEqual([]);
});

it('names only commands, fields, outputs and alerts that exist', () => {
  expect(unknownIn(PAGE.replace(/```[^`]*```/g, ''))).toEqual([]);
});

it.each(['Rotation', 'Hand-over', 'Incident', 'Review'])('has a part on %s', (heading) => {
  expect(PAGE).toMatch(new RegExp(`^###? ${heading}\n\n?\\S`, 'm'));
});
