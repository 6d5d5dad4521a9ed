/** Prices read from lists in AWS's format, served here: its own are hundreds of MB, and were out of reach. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readPrices } from '../../lib/commands/cost/prices';
import { refreshed } from '../../lib/commands/cost/refresh';

/** Head and columns as AWS writes them, most columns left out; its own order, which is another in each offer. */
const list = (offer: string, rows: readonly string[]) => `"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only. All prices are subject to the additional terms, ""as is""."
"Publication Date","2026-12-01T17:45:21Z"
"Version","20261201174521"
"OfferCode","${offer}"
"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange","Unit","PricePerUnit","Currency","Product Family","usageType","operation","Region Code"
${rows.join('\n')}
`;
const row = (term: string, start: string, price: string, usage: string, operation: string, note = 'a, "note"') =>
  `"S1","T1","R1","${term}","${note.replaceAll('"', '""')}","2026-12-01","${start}","Inf","Hrs","${price}","USD",,"${usage}","${operation}","eu-west-1"`;

const LISTS: Readonly<Record<string, string>> = {
  '/offers/v1.0/aws/AmazonEC2/current/eu-west-1/index.csv': list('AmazonEC2', [
    row('Reserved', '', '0.0570000000', 'EU-BoxUsage:m7g.large', 'RunInstances'),
    row('OnDemand', '0', '0.1830000000', 'EU-BoxUsage:m7g.large', 'RunInstances:0002'), // Windows
    row('OnDemand', '0', '0.1820000000', 'EU-BoxUsage:m7g.xlarge', 'RunInstances'),
    row('OnDemand', '0', '0.0000000000', 'EU-UnusedBox:m7g.large', 'RunInstances'),
    row('OnDemand', '0', '0.0950000000', 'EU-BoxUsage:m7g.large', 'RunInstances'),
    row('OnDemand', '0', '0.0490000000', 'EU-NatGateway-Hours', 'NatGateway'),
  ]),
  '/offers/v1.0/aws/awskms/current/us-east-1/index.csv': list('awskms', [
    row('OnDemand', '0', '1.1000000000', 'us-east-1-KMS-Keys', ''),
  ]),
  '/offers/v1.0/aws/AmazonCloudWatch/current/eu-west-1/index.csv': list('AmazonCloudWatch', [
    row('OnDemand', '10000', '0.1000000000', 'EU-CW:MetricMonitorUsage', 'MetricStorage'),
    row('OnDemand', '0', '0.3100000000', 'EU-CW:MetricMonitorUsage', 'MetricStorage'),
  ]),
  '/offers/v1.0/aws/AmazonRDS/current/eu-west-1/index.csv': '<html>sorry</html>',
};

let server: Server;
let base: string;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const found = LISTS[url];
    response.writeHead(found ? 200 : 404).end(found);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections(); // those that fetch keeps
});

const old = readPrices();
const need = (usage: string, region = 'eu-west-1') => ({ region, usage });
const pricesOf = (file: typeof old, { region, usage }: ReturnType<typeof need>) =>
  Object.entries(file).flatMap(([name, { usd }]) => (usd[region]?.[usage] ? [[name, usd[region]?.[usage]]] : []));

it('takes the price on demand of that very use, in place of the old one', async () => {
  const { prices, lines } = await refreshed(old, [need('BoxUsage:m7g.large'), need('NatGateway-Hours')], base);
  expect(pricesOf(prices, need('BoxUsage:m7g.large'))).toEqual([['AmazonEC2 eu-west-1', 0.095]]);
  expect(pricesOf(prices, need('NatGateway-Hours'))).toEqual([['AmazonEC2 eu-west-1', 0.049]]);
  expect(lines[0]).toBe('AmazonEC2 eu-west-1: 2 prices of 2026-12-01');
});

it('keeps every other price, and dates the new ones by their list', async () => {
  const { prices } = await refreshed(old, [need('BoxUsage:m7g.large')], base);
  expect(pricesOf(prices, need('BoxUsage:t4g.small'))).toEqual(pricesOf(old, need('BoxUsage:t4g.small')));
  expect(prices['AmazonEC2 eu-west-1']).toMatchObject({
    date: '2026-12-01',
    url: `${base}/offers/v1.0/aws/AmazonEC2/current/eu-west-1/index.csv`,
  });
});

it('finds usage types without a prefix or with a whole region before them, and the first tier of several', async () => {
  const keys = need('KMS-Keys', 'us-east-1');
  const { prices } = await refreshed(old, [keys, need('CW:MetricMonitorUsage')], base);
  expect(pricesOf(prices, keys)).toEqual([['awskms us-east-1', 1.1]]);
  expect(pricesOf(prices, need('CW:MetricMonitorUsage'))).toEqual([['AmazonCloudWatch eu-west-1', 0.31]]);
});

it('says what the list lacks, which keeps its price, and what stays by hand', async () => {
  const { prices, lines } = await refreshed(old, [need('BoxUsage:t4g.small'), need('RuleV2')], base);
  expect(lines).toEqual([
    'AmazonEC2 eu-west-1: 0 prices of 2026-12-01; not found: BoxUsage:t4g.small',
    'by hand: RuleV2',
  ]);
  expect(prices).toEqual(old);
});

it('may be done twice', async () => {
  const needs = [need('BoxUsage:m7g.large')];
  const first = await refreshed(old, needs, base);
  expect((await refreshed(first.prices, needs, base)).prices).toEqual(first.prices);
});

it('keeps the date of what an earlier list said, where the new one is not asked for it', async () => {
  const { prices: first } = await refreshed(old, [need('BoxUsage:m7g.large'), need('NatGateway-Hours')], base);
  const earlier = {
    ...first,
    'AmazonEC2 eu-west-1': { ...first['AmazonEC2 eu-west-1'], date: '2026-09-01' },
  } as typeof old;
  const { prices } = await refreshed(earlier, [need('BoxUsage:m7g.large')], base);
  const dated = (usage: string) => pricesOf(prices, need(usage)).map(([name]) => prices[`${name}`]?.date);
  expect([dated('BoxUsage:m7g.large'), dated('NatGateway-Hours')]).toEqual([['2026-12-01'], ['2026-09-01']]);
});

describe('is refused in a line', () => {
  it.each([
    [
      'where there is no list',
      need('VpcEndpoint-Hours'),
      /AmazonVPC.*expected AWS's price list, got status 404; check/,
    ],
    [
      'where there is something else',
      need('RDS:GP3-Storage'),
      /got no line with the columns, or without a date; check/,
    ],
  ])('%s', async (_, one, fault) => {
    await expect(refreshed(old, [one], base)).rejects.toThrow(fault);
  });

  it('where nobody answers', async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const asked = refreshed(old, [need('NatGateway-Hours')], `http://127.0.0.1:${port}`);
    await expect(asked).rejects.toThrow("expected AWS's price list, got ECONNREFUSED; check the network");
  });
});
