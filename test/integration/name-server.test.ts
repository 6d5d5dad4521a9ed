/** The drills' name server, asked by a real resolver: what visitors would get from the template's records. How soon is the drill's. */
import { Resolver } from 'node:dns/promises';
import { type NameServer, startNameServer } from '../drills/name-server';
import { DISTRIBUTION, dnsTemplate, withDns } from '../support/dns';
import { healthChecks, Zone } from '../support/route53';

const NAME = 'www.example.com';
const CDN = 'site.other-cdn.net';
const chain = [{ kind: 'cdn', name: 'other', target: CDN }, { kind: 'balancer' }] as const;
const template = dnsTemplate(withDns({ chain, checkSeconds: 10, failures: 2, ttlSeconds: 30 }));
const failed = new Set<unknown>();
const nameOf = new Map(healthChecks(template).map(({ id, name }) => [id, name]));

let server: NameServer;
/** A new one for each question: it keeps answers. */
const resolver = () => {
  const made = new Resolver({ timeout: 2000, tries: 2 });
  made.setServers([server.address]);
  return made;
};

beforeAll(async () => {
  const zone = new Zone(template, (id) => !failed.has(nameOf.get(id)));
  server = await startNameServer(zone, { [DISTRIBUTION]: '127.0.2.1', [CDN]: '127.0.2.2' }, 1);
});
afterAll(() => server.close());
beforeEach(() => failed.clear());

it('leads a resolver to the first tier, for as long as its record says', async () => {
  expect(await resolver().resolveCname(NAME)).toEqual([DISTRIBUTION]);
  expect(await resolver().resolve4(NAME, { ttl: true })).toEqual([{ address: '127.0.2.1', ttl: 30 }]);
});

it('leads it to the second when the first is down', async () => {
  failed.add(DISTRIBUTION);
  expect(await resolver().resolve4(NAME)).toEqual(['127.0.2.2']);
});

it('answers in whatever case it is asked', async () => {
  expect(await resolver().resolve4('WWW.Example.COM')).toEqual(['127.0.2.1']);
});

it('has no address of a kind that no tier has, and no other name', async () => {
  expect(await resolver().resolve6(NAME)).toEqual([]);
  await expect(resolver().resolve4('other.example.com')).rejects.toMatchObject({ code: 'ENOTFOUND' });
});
