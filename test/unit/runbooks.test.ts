/** Every alert and event has a runbook in one form, and what a runbook names exists. Not whether the advice is good. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { EVENT_KINDS, type EventKind } from '../../lambda/alert-router/parse/event-kinds';
import { ALERTS } from '../../lib/alerts';
import { filled } from '../../lib/commands/runbook';
import { ENVIRONMENT_NAMES, environment } from '../../lib/config';
import { parsedRunbook, ROLES, SECTIONS, unknownIn } from '../support/runbooks';
import { properties, stackTemplate } from '../support/stack';

const events: readonly EventKind[] = Object.values(EVENT_KINDS);
const named = [...new Set([...Object.values(ALERTS), ...events].flatMap(({ runbook }) => runbook ?? []))].sort();
const page = (name: string) => readFileSync(`docs/runbooks/${name}.md`, 'utf8');

/** Most lines of a runbook: it is read on a telephone, at night. */
const MOST_LINES = 45;

const CONSOLE =
  /\]\(https:\/\/(?:(\{region\}|\{standbyRegion\}|\{edgeRegion\}|\{probeRegion\}|health)\.console\.aws\.amazon\.com)\/\S+\)/;
const anchors = (path: string) =>
  [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

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

const INSTANCES = ['Data', 'DataRecovery']
  .flatMap((stack) => properties(stackTemplate('prod', stack), 'AWS::RDS::DBInstance'))
  .map(({ DBInstanceIdentifier }) => DBInstanceIdentifier);

describe.each(named.filter((name) => existsSync(`docs/runbooks/${name}.md`)))('%s', (name) => {
  const { title, sections } = parsedRunbook(page(name));
  const section = (heading: string) => sections.find((one) => one.heading === heading)?.text ?? '';

  it('has a title and the six sections in their order, none empty', () => {
    expect(title).not.toBe('');
    expect(sections.map(({ heading }) => heading)).toEqual(SECTIONS);
    expect(sections.filter(({ text }) => text.length < 20).map(({ heading }) => heading)).toEqual([]);
  });

  it('begins to look with a link into the console, then a saved query or a command', () => {
    expect(section('First look')).toMatch(CONSOLE);
    expect(section('First look')).toMatch(/`(Holdfast\/\{env\}\/|aws |npm |curl )/);
  });

  it('numbers the causes, and mitigates by more than words', () => {
    expect(section('Likely causes')).toMatch(/^1\. .+/);
    expect(section('Mitigation')).toMatch(/^- .*(`|\]\()/m);
  });

  it('wakes a role of docs/on-call.md', () => {
    expect(ROLES.length).toBeGreaterThan(3);
    expect(ROLES.filter((role) => section('Who to wake').toLowerCase().includes(role.toLowerCase()))).not.toEqual([]);
  });

  it('is over by a figure or an answer that can be looked at', () => {
    expect(section('It is over when')).toMatch(/`|\d|\bOK\b/);
  });

  it('names only commands, files, fields, queries, alerts and metrics that exist', () => {
    expect(unknownIn(page(name))).toEqual([]);
  });

  it('names only instances of the database that exist', () => {
    const named = [...filled(page(name), environment('prod')).matchAll(/holdfast-prod-[\w-]*?(?:primary|replica\d)/g)];
    expect(named.flat().filter((one) => !INSTANCES.includes(one))).toEqual([]);
  });

  it('leads only to places of other pages that exist', () => {
    const broken = [...page(name).matchAll(/\]\(([^)#:]+)#([^)]+)\)/g)]
      .filter(([, path = '', anchor = '']) => !anchors(`docs/runbooks/${path}`).includes(anchor))
      .map(([, path, anchor]) => `${path}#${anchor}`);
    expect(broken).toEqual([]);
  });

  it.each(ENVIRONMENT_NAMES)('leaves nothing to be filled in for %s', (env) => {
    expect(filled(page(name), environment(env))).not.toMatch(/\{\w+\}/);
  });

  it('is short', () => {
    expect(page(name).trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });
});
