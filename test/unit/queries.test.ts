/** The saved queries: each asks only for fields that its log has, each is in every environment, and the page on logs lists it. */
import { readFileSync } from 'node:fs';
import { QUERIES } from '../../lib/logs/queries';
import { fieldsOf } from '../support/queries';
import { properties, stackTemplate } from '../support/stack';

/** Fields of CloudWatch's own log formats, from their documentation; the servers' come from a real run (test/integration/logs.test.ts). */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  database: [], // plain lines, parsed by the query
  sessions: ['CacheClusterId', 'CacheNodeId', 'Id', 'Timestamp', 'Duration', 'Command', 'ClientAddress', 'ClientName'],
  network: ['srcAddr', 'dstAddr', 'srcPort', 'dstPort', 'action', 'protocol', 'bytes', 'packets', 'interfaceId'],
  firewall: ['action', 'terminatingRuleId', 'httpRequest.uri', 'httpRequest.country', 'httpRequest.clientIp'],
};

const queries = Object.entries(QUERIES).flatMap(([log, group]) =>
  Object.entries(group).map(([name, query]) => ({ log, name, ...query })),
);

it.each(queries.filter(({ log }) => log !== 'servers'))('$name asks only for fields that its log has', (query) => {
  expect(fieldsOf(query.steps).filter((field) => !FIELDS[query.log]?.includes(field))).toEqual([]);
});

const STACKS = ['Network', 'Data', 'Backend', 'Edge'];

it.each(['dev', 'staging', 'prod'])('are all in %s, each over a log group of its stack', (environment) => {
  const made = STACKS.flatMap((stack) => properties(stackTemplate(environment, stack), 'AWS::Logs::QueryDefinition'));
  expect([...new Set(made.map(({ Name }) => Name))].sort()).toEqual(
    queries.map(({ name }) => `Holdfast/${environment}/${name}`).sort(),
  );
  expect(made.filter(({ LogGroupNames }) => !LogGroupNames?.length)).toEqual([]);
});

it('are listed with what they answer', () => {
  const page = readFileSync('docs/logs.md', 'utf8');
  const missing = queries.filter(({ name, answers }) => !page.includes(`| \`${name}\` | ${answers} |`));
  expect(missing.map(({ name, answers }) => `| \`${name}\` | ${answers} |`)).toEqual([]);
});
