/** What must be true of a running system, asked through the whole way: CloudFront → balancer → NGINX → Node, and CloudFront → S3; then what its application asks of itself. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { HERE } from '../commands/loopback';

export interface Check {
  readonly claim: string;
  readonly got: string;
  readonly holds: boolean;
}

type Ask = (path: string, init?: RequestInit) => Promise<Response>;

/** The application's own questions, where it has some: `app/smoke.ts`. */
const SMOKE = resolve('dist/smoke.js');

const LOCAL = new Agent({ connect: { lookup: HERE } });

const said = ({ status, headers }: Response) => `${status} ${headers.get('content-type') ?? ''}`;

async function platform(ask: Ask): Promise<readonly Check[]> {
  const page = await ask('/');
  const html = await page.text();
  const assets = [...new Set(html.match(/\/assets\/[^"']+/g))];
  const found = await Promise.all(assets.map(ask as (path: string) => Promise<Response>));
  const own = await ask('/some/path/of/the/application');
  const api = await ask('/api/nothing');
  const health = await ask('/health');
  const { status } = (await health.json().catch(() => ({}))) as { status?: string };
  return [
    { claim: 'the page comes from the bucket', holds: said(page).startsWith('200 text/html'), got: said(page) },
    {
      claim: 'all that it names comes too',
      holds: found.every(({ ok }) => ok),
      got: found.map(said).join(', '),
    },
    {
      claim: 'an unknown path renders the application',
      holds: own.status === 200 && (await own.text()) === html,
      got: said(own),
    },
    { claim: 'an unknown API path does not', holds: api.status === 404 && !said(api).includes('html'), got: said(api) },
    {
      claim: 'the system says that it is healthy',
      holds: health.status === 200 && status === 'healthy',
      got: `${said(health)} ${status}`,
    },
  ];
}

/** Each claim with what was found; throws nothing for a claim that doesn't hold. */
export async function check(url: string): Promise<readonly Check[]> {
  const ask: Ask = (path, init) =>
    fetch(new URL(path, url), { ...init, dispatcher: LOCAL, signal: AbortSignal.timeout(10_000) });
  const { smoke } = existsSync(SMOKE)
    ? (createRequire(SMOKE)(SMOKE) as { smoke: (ask: Ask) => Promise<readonly Check[]> })
    : { smoke: async () => [] };
  return [...(await platform(ask)), ...(await smoke(ask))];
}
