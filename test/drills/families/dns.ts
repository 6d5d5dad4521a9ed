/** The drill of the DNS chain (FE-13): real visitors, a real name server with the template's records, and three tiers that die and come back. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { type Switch, timesOf } from '../../../lib/commands/failover-report/times';
import { freePorts } from '../../../lib/rehearsal/ports';
import { startNginx } from '../../../lib/rehearsal/servers';
import { type HealthCheck, healthChecks, Zone } from '../../support/route53';
import { freeze, kill } from '../faults';
import { atMost, type Finding } from '../figures';
import { type HealthChecks, startHealthChecks } from '../health-checks';
import { startNameServer } from '../name-server';
import { NameVisitors, PATIENCE_S } from '../name-visitors';
import { Part } from '../parts';
import { steps } from '../report';
import type { Scenario } from '../scenario';
import type { Site } from '../world';

const NAME = 'www.example.com';
const VISITORS = 10;
const DNS = {
  chain: [{ kind: 'cdn', name: 'other', target: 'site.other-cdn.net' }, { kind: 'balancer' }],
  checkSeconds: 10,
  failures: 2,
  ttlSeconds: 10,
} as const;
/** Beyond the limit, before a switch is given up. */
const LATE_S = 5;

const hostOf = (tier: number) => `127.0.2.${tier + 1}`;
const pageOf = (tier: number) => `tier ${tier + 1}`;

/** A real NGINX with the deployed configuration, on an address of its own. */
function tierPart({ tools, parts, folder }: Site, tier: number, port: number, ownPort: number, backend: number): Part {
  const release = join(folder, `release-${tier + 1}`);
  mkdirSync(join(release, 'site'), { recursive: true });
  writeFileSync(join(release, 'site/index.html'), `<!doctype html><title>${pageOf(tier)}</title>`);
  writeFileSync(join(release, 'site/health.txt'), 'ok');
  const begin = () =>
    startNginx(tools, {
      port: ownPort,
      folder: resolve(folder, `nginx-${tier + 1}`),
      logFile: join(folder, `nginx-${tier + 1}.log`),
      backendPorts: [backend],
      release,
      files: { 'listen.conf': `listen 127.0.0.1:${ownPort};\nlisten ${hostOf(tier)}:${port};\n` },
    });
  return new Part(pageOf(tier), begin, parts);
}

/** What the tiers' records lead to, each on its own address. */
const addresses = (zone: Zone, checks: readonly HealthCheck[]) =>
  Object.fromEntries(
    zone.records.flatMap(({ HealthCheckId, ResourceRecords: [target] = [] }) => {
      const tier = checks.findIndex(({ id }) => id === HealthCheckId?.['Fn::GetAtt'][0]);
      return target && tier >= 0 ? [[target, hostOf(tier)]] : [];
    }),
  );

interface Step {
  readonly what: string;
  /** The check of the tier it happens to. */
  readonly check: HealthCheck | undefined;
  /** Who answers then. */
  readonly tier: number;
  readonly limitS: number;
  readonly act: () => unknown;
}

/** One after the other, each right after a check of the tier it happens to: the worst moment. */
async function taken(
  steps: readonly Step[],
  { asked }: HealthChecks,
  visitors: NameVisitors,
  say: (step: string) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { what, check, tier, limitS, act } of steps) {
    if (check) await asked(check.id);
    say(what);
    const since = performance.now();
    await act();
    const waits = () => [...visitors.until(pageOf(tier), since)].sort((a, b) => a - b);
    const slowest = () => waits().at(-1) ?? Number.POSITIVE_INFINITY;
    const givenUp = since + (limitS + LATE_S) * 1000;
    while (slowest() === Number.POSITIVE_INFINITY && performance.now() < givenUp) await wait(100);
    const found = atMost(`${what}: ${pageOf(tier)} answers`, slowest(), limitS * 1000);
    const median = ((waits()[Math.floor(VISITORS / 2)] ?? 0) / 1000).toFixed(1);
    findings.push({
      ...found,
      measured: `${found.measured} (median ${median} s; ${visitors.failed(since)} requests failed)`,
    });
  }
  return findings;
}

function stepsOf(tiers: readonly Part[], checks: readonly HealthCheck[], times: Switch): readonly Step[] {
  const { atMostS } = timesOf(times);
  const [first, second] = tiers as readonly [Part, Part];
  const limitS = atMostS;
  return [
    { what: 'all well', check: undefined, tier: 0, limitS: times.ttlS + LATE_S, act: () => undefined },
    { what: 'first tier killed', check: checks[0], tier: 1, limitS, act: () => kill(first.running) },
    {
      what: 'second tier frozen too', // a visitor who has just asked it waits in vain
      check: checks[1],
      tier: 2,
      limitS: limitS + PATIENCE_S,
      act: () => freeze(second.running),
    },
    { what: 'first tier back', check: checks[0], tier: 0, limitS, act: () => first.start() },
  ];
}

/** @param scale of interval and time to live, 1 as in the template */
const drill =
  (scale: number) =>
  async (site: Site): Promise<readonly Finding[]> => {
    const { dnsTemplate, withDns } = await import('../../support/dns'); // brings the CDK
    const template = dnsTemplate(withDns(DNS));
    const checks = healthChecks(template);
    const [port, backendPort, ...ownPorts] = (await freePorts(2 + checks.length)) as [number, number, ...number[]];
    const backend = createServer((_, answer) => answer.end('ok')).listen(backendPort, '127.0.0.1');
    const tiers = checks.map((_, tier) => tierPart(site, tier, port, ownPorts[tier] ?? 0, backendPort));
    await Promise.all(tiers.map((tier) => tier.start()));

    const url = (check: HealthCheck) => `http://${hostOf(checks.indexOf(check))}:${port}${check.path}`;
    const health = startHealthChecks(checks, url, scale);
    const zone = new Zone(template, health.healthy);
    const nameServer = await startNameServer(zone, addresses(zone, checks), scale);
    const times = {
      intervalS: DNS.checkSeconds * scale,
      failures: DNS.failures,
      ttlS: DNS.ttlSeconds * scale,
    };
    const visitors = new NameVisitors(VISITORS, `http://${NAME}:${port}/`, nameServer.address, times.ttlS * 1000);
    try {
      const found = await taken(stepsOf(tiers, checks, times), health, visitors, steps());
      const asked = `${nameServer.asked()} by ${VISITORS} visitors`;
      return [...found, { demand: 'questions to the name server (told only)', measured: asked, holds: true }];
    } finally {
      await visitors.end();
      health.close();
      nameServer.close();
      backend.close();
    }
  };

export const DNS_FAILOVER: readonly Scenario[] = [
  {
    name: 'dns-failover',
    about: `three tiers by DNS, checks every ${DNS.checkSeconds} s × ${DNS.failures}, TTL ${DNS.ttlSeconds} s`,
    alone: drill(1),
  },
  { name: 'dns-failover-scaled', about: 'the same at a tenth of its times', short: true, alone: drill(0.1) },
];
