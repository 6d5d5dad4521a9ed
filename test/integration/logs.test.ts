/** What backend, NGINX and PostgreSQL really log in a run: every field that a saved query asks for, and nothing of a person's. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { QUERIES } from '../../lib/logs/queries';
import { Bench, cookieOf, type Person, until } from '../support/backend';
import { type Front, startFront } from '../support/nginx';
import { fieldsOf } from '../support/queries';
import { properties, stackTemplate } from '../support/stack';

const ADDRESS = '203.0.113.77';
const ADDRESS6 = '2001:db8:85a3::8a2e:370:7334';
const forwarded = (address = ADDRESS) => ({ 'x-forwarded-for': address });

const bench = new Bench('logs');
let front: Front;
let person: Person;
let secrets: readonly string[];

/** The parameter group of production, in the notation of PostgreSQL's command line. */
const parameters = () => {
  const [{ Parameters }] = properties(stackTemplate('prod', 'Data'), 'AWS::RDS::DBParameterGroup');
  return Object.entries<string>(Parameters).filter(([name]) => name.startsWith('log_'));
};

beforeAll(async () => {
  await bench.start();
  front = await startFront('logs-nginx', [bench.port]);
  await bench.sql(
    [...parameters(), ['log_min_duration_statement', '0']].map(
      ([name, value]) => `alter system set ${name} = '${value}'`,
    ),
  );
  person = (await bench.visitor()).person;
  const login = await bench.post('/api/login', person, { ...forwarded(), cookie: 'sid=planted' });
  const cookie = cookieOf(login);
  const { token } = await (await bench.post('/api/token', person, forwarded())).json();
  secrets = [decodeURIComponent(cookie.slice(4)).slice(0, 20), token];
  const authorization = `Bearer ${token}`;
  await bench.post('/api/register', person, forwarded()); // PostgreSQL's error names the row
  await bench.post('/api/login', { ...person, password: 'wrong password' }, forwarded(ADDRESS6));
  await bench.get('/api/profile', { cookie, ...forwarded() });
  await bench.get(`/api/products/${person.email}`, { 'x-request-id': 'mine-1', traceparent: person.email });
  for (const path of [`/api/users/${person.email}`, `/api/t/${token}`, `/reset?email=${person.email}`, '/api/profile'])
    await front.ask(path, { headers: { ...forwarded(), cookie, authorization } });
  await bench.redis.stop();
  await bench.get('/api/token/profile', { authorization, ...forwarded() });
  await front.ask('/api/profile', { headers: { cookie, ...forwarded(ADDRESS6) } });
  await bench.startRedis();
  await bench.postgres.stop();
  await bench.post('/api/login', person, forwarded());
  await bench.startPostgres();
  await until(async () => (await bench.get('/readyz')).status === 200);
});
afterAll(async () => {
  await front?.stop();
  await bench.stop();
});

const folder = () => dirname(bench.log('redis'));
const backendLines = () =>
  readdirSync(folder())
    .filter((name) => name.startsWith('backend-'))
    .flatMap((name) => readFileSync(`${folder()}/${name}`, 'utf8').trimEnd().split('\n'));

const flat = (value: object, prefix = ''): readonly string[] =>
  Object.entries(value).flatMap(([key, inner]) =>
    inner !== null && typeof inner === 'object' ? flat(inner, `${prefix}${key}.`) : [`${prefix}${key}`],
  );

it('is JSON, each line of the backend and of NGINX', () => {
  expect(backendLines().length).toBeGreaterThan(10);
  expect(() => backendLines().map((line) => JSON.parse(line))).not.toThrow();
  expect(front.logged().length).toBeGreaterThan(4);
});

it('has every field that a saved query asks for', () => {
  const known = new Set([...backendLines().map((line) => JSON.parse(line)), ...front.logged()].flatMap((o) => flat(o)));
  const missing = Object.entries(QUERIES.servers).flatMap(([name, { steps }]) =>
    fieldsOf(steps)
      .filter((field) => !known.has(field))
      .map((field) => `${name}: ${field}`),
  );
  expect(missing).toEqual([]);
});

it("names the visitor's network and not the address", () => {
  const networks = new Set(
    [...backendLines().map((line) => JSON.parse(line)), ...front.logged()].map((l) => l.network),
  );
  expect([...networks]).toEqual(expect.arrayContaining(['203.0.113.x', '2001:db8:85a3:x']));
});

it.each([
  ['the backend', () => backendLines().join('\n')],
  ['NGINX', () => JSON.stringify(front.logged())],
  ['PostgreSQL', () => readFileSync(bench.log('postgres'), 'utf8')],
])('of %s holds no mail address, address, password, session or token', (_, log) => {
  const text = log();
  expect(text.length).toBeGreaterThan(100);
  const personal = [person.email, person.password, 'wrong password', ADDRESS, ADDRESS6, ...secrets];
  expect(personal.filter((one) => text.includes(one) || text.includes(encodeURIComponent(one)))).toEqual([]);
});

it("shows PostgreSQL's slow statements and errors to the saved queries", () => {
  const lines = readFileSync(bench.log('postgres'), 'utf8').split('\n');
  const seen = (query: { readonly steps: readonly string[] }) => {
    const [, pattern = '(?!)'] = /^parse @message \/(.+)\/$/.exec(query.steps[0] ?? '') ?? [];
    return lines.map((line) => new RegExp(pattern).exec(line)?.groups ?? {});
  };
  expect(seen(QUERIES.database['slow-sql']).map(({ statement }) => statement)).toContainEqual(
    expect.stringContaining('insert into users (email, password_hash) values ($1, $2) returning id, email'),
  );
  expect(seen(QUERIES.database['database-errors']).map(({ said }) => said)).toContain(
    'duplicate key value violates unique constraint "users_email_key"',
  );
});
