/** What must be true of a running system, asked through the whole way: CloudFront → balancer → NGINX → Node, and CloudFront → S3. */
import { randomUUID } from 'node:crypto';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { HERE } from '../commands/loopback';

export interface Check {
  readonly claim: string;
  readonly got: string;
  readonly holds: boolean;
}

const LOCAL = new Agent({ connect: { lookup: HERE } });

const json = { 'content-type': 'application/json' };

/** Each claim with what was found; throws nothing for a claim that doesn't hold. */
export async function check(url: string): Promise<readonly Check[]> {
  const found: Check[] = [];
  const claim = (text: string, holds: boolean, got: string) => found.push({ claim: text, holds, got });
  const ask = (path: string, init?: RequestInit) =>
    fetch(new URL(path, url), { ...init, dispatcher: LOCAL, signal: AbortSignal.timeout(10_000) });
  const type = (response: Response) => response.headers.get('content-type') ?? '';

  const page = await ask('/');
  const html = await page.text();
  claim(
    'the page comes from the bucket',
    page.status === 200 && html.includes('id="main"'),
    `${page.status} ${type(page)}`,
  );
  const [asset = ''] = /\/assets\/[^"]+\.js/.exec(html) ?? [];
  const script = await ask(asset);
  claim(
    'its script comes too',
    script.status === 200 && type(script).includes('javascript'),
    `${script.status} ${type(script)}`,
  );
  const own = await ask('/some/path/of/the/application');
  claim('an unknown path renders the application', own.status === 200 && (await own.text()) === html, `${own.status}`);
  const missing = await ask('/api/nothing');
  claim(
    'an unknown API path stays a JSON 404',
    missing.status === 404 && type(missing).includes('json'),
    `${missing.status} ${type(missing)}`,
  );

  const body = JSON.stringify({ email: `${randomUUID()}@example.com`, password: randomUUID() });
  const registered = await ask('/api/register', { method: 'POST', headers: json, body });
  claim('a visitor registers', registered.status === 201, `${registered.status}`);
  const login = await ask('/api/login', { method: 'POST', headers: json, body });
  const cookie = (login.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  claim('and logs in', login.status === 200 && cookie !== '', `${login.status}`);
  const statuses = await Promise.all(
    Array.from({ length: 8 }, async () => (await ask('/api/profile', { headers: { cookie } })).status),
  );
  claim(
    'every server knows the session',
    statuses.every((status) => status === 200),
    statuses.join(' '),
  );
  const health = await ask('/health');
  claim(
    'the system says that it is healthy',
    health.status === 200 && ((await health.json()) as { status: string }).status === 'healthy',
    `${health.status}`,
  );
  return found;
}
