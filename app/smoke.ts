/** What must be true of the sample application, asked as a visitor does. `npm start -- --once` asks it after its own questions; goes or is replaced with the sample. */

export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  readonly got: string;
}

/** Fetches a path of the running site. */
export type Ask = (path: string, init?: Omit<RequestInit, 'dispatcher'>) => Promise<Response>;

const SESSION_READS = 8;
const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export async function smoke(ask: Ask): Promise<readonly Claim[]> {
  const missing = await ask('/api/nothing');
  const type = missing.headers.get('content-type') ?? '';
  const somebody = { email: `${crypto.randomUUID()}@example.com`, password: crypto.randomUUID() };
  const { status: registered } = await ask('/api/register', post(somebody));
  const login = await ask('/api/login', post(somebody));
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const profile = async () => (await ask('/api/profile', { headers: { cookie } })).status;
  const seen = await Promise.all(Array.from({ length: SESSION_READS }, profile));
  return [
    {
      claim: 'an unknown API path stays a JSON 404',
      holds: missing.status === 404 && type.includes('json'),
      got: `${missing.status} ${type}`,
    },
    { claim: 'a visitor registers', holds: registered === 201, got: `${registered}` },
    { claim: 'and logs in', holds: login.status === 200 && cookie !== '', got: `${login.status}` },
    { claim: 'every server knows the session', holds: seen.every((status) => status === 200), got: seen.join(' ') },
  ];
}
