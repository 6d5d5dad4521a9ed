/** Registering, sessions and tokens, asked of the backend's process. */
import { createHmac } from 'node:crypto';
import { Bench, cookieOf, SECRET, somebody } from '../support/backend';

const bench = new Bench('accounts');
beforeAll(() => bench.start());
afterAll(() => bench.stop());

describe('registering', () => {
  it('refuses an address that is taken, whatever its case', async () => {
    const { person } = await bench.visitor();
    const again = await bench.post('/api/register', { ...person, email: person.email.toUpperCase() });
    expect(again.status).toBe(409);
  });

  it('names each field that is wrong', async () => {
    const response = await bench.post('/api/register', { email: 'nobody', password: 'short' });
    expect(response.status).toBe(400);
    expect(Object.keys((await response.json()).fields).sort()).toEqual(['email', 'password']);
  });

  it('names a field that is missing and one that does not belong', async () => {
    const response = await bench.post('/api/register', { email: 'a@example.com', role: 'admin' });
    expect(Object.keys((await response.json()).fields).sort()).toEqual(['password', 'role']);
  });
});

describe('a session', () => {
  it('answers an unknown address as a wrong password', async () => {
    const { person } = await bench.visitor();
    const wrong = await bench.post('/api/login', { ...person, password: 'wrong password' });
    const unknown = await bench.post('/api/login', somebody());
    expect([wrong.status, await wrong.text()]).toEqual([unknown.status, await unknown.text()]);
    expect(wrong.status).toBe(401);
  });

  it('is a cookie that scripts and foreign sites cannot use, and only HTTPS carries', async () => {
    const { person } = await bench.visitor();
    const response = await bench.post('/api/login', person, { 'x-forwarded-proto': 'https' });
    const [cookie = ''] = response.headers.getSetCookie();
    for (const part of [/; HttpOnly/, /; Secure/, /; SameSite=Lax/, /; Max-Age=86400/]) expect(cookie).toMatch(part);
  });

  it('gets a new id at login, and the old one ends', async () => {
    const { person, cookie: before } = await bench.visitor();
    const after = cookieOf(await bench.post('/api/login', person, { cookie: before }));
    expect(after).not.toBe(before);
    expect((await bench.get('/api/profile', { cookie: before })).status).toBe(401);
    expect((await bench.get('/api/profile', { cookie: after })).status).toBe(200);
  });

  it('tells whose it is, and is prolonged by being used', async () => {
    const { person, cookie } = await bench.visitor();
    const response = await bench.get('/api/profile', { cookie });
    expect(await response.json()).toEqual({ user: { id: expect.any(String), email: person.email } });
    expect(cookieOf(response)).toBe(cookie);
  });

  it('ends at logout', async () => {
    const { cookie } = await bench.visitor();
    expect((await bench.ask('/api/logout', { method: 'POST', headers: { cookie } })).status).toBe(204);
    expect((await bench.get('/api/profile', { cookie })).status).toBe(401);
  });

  it('is not taken from a cookie with another signature', async () => {
    const { cookie } = await bench.visitor();
    expect((await bench.get('/api/profile', { cookie: `${cookie.slice(0, -3)}abc` })).status).toBe(401);
  });

  it('outlives a change of secrets, and the newest signs', async () => {
    const { cookie } = await bench.visitor();
    const newest = 'b'.repeat(32);
    const port = await bench.another({ SESSION_SECRET: `${newest},${SECRET}` });
    const response = await bench.ask('/api/profile', { headers: { cookie } }, port);
    expect(response.status).toBe(200);
    const [id = '', signature = ''] = decodeURIComponent(cookieOf(response).slice('sid='.length)).split('.');
    expect(signature).toBe(createHmac('sha256', newest).update(id).digest('base64').replace(/=+$/, ''));
  });
});

describe('a token', () => {
  const tokenOf = async (port = bench.port) => {
    const { person } = await bench.visitor();
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(person) };
    return (await (await bench.ask('/api/token', init, port)).json()).token as string;
  };
  const profile = (token: string, port = bench.port) =>
    bench.ask('/api/token/profile', { headers: { authorization: `Bearer ${token}` } }, port);
  const part = (token: string, index: number) =>
    JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
  const forged = (header: object, payload: object, secret: string) => {
    const signed = [header, payload].map((each) => Buffer.from(JSON.stringify(each)).toString('base64url')).join('.');
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };

  it('has an end and an id, and tells whose it is', async () => {
    const token = await tokenOf();
    expect(part(token, 1)).toMatchObject({ exp: expect.any(Number), jti: expect.any(String) });
    expect((await (await profile(token)).json()).user.email).toContain('@example.com');
  });

  it('is refused on every process once it is revoked', async () => {
    const [token, port] = [await tokenOf(), await bench.another()];
    const revoke = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
    expect((await bench.ask('/api/token/revoke', revoke)).status).toBe(204);
    expect([(await profile(token)).status, (await profile(token, port)).status]).toEqual([401, 401]);
  });

  it('outlives a change of keys, unknown keys do not pass', async () => {
    const port = await bench.another({ JWT_SECRET: `new:${'n'.repeat(32)},default:${SECRET}` });
    const [old, fresh] = [await tokenOf(), await tokenOf(port)];
    expect(part(fresh, 0).kid).toBe('new');
    expect([(await profile(old, port)).status, (await profile(fresh)).status]).toEqual([200, 401]);
  });

  it('is refused when it is not signed as we sign, has ended, or never ends', async () => {
    const { jti, sub, email, exp } = part(await tokenOf(), 1);
    const payload = { jti, sub, email, exp };
    const good = { alg: 'HS256', kid: 'default' };
    const tokens = [
      forged(good, payload, 'x'.repeat(32)),
      forged({ ...good, alg: 'none' }, payload, SECRET),
      forged({ ...good, alg: 'HS512' }, payload, SECRET),
      forged(good, { ...payload, exp: 1 }, SECRET),
      forged(good, { jti, sub, email }, SECRET),
      `${forged(good, payload, SECRET).split('.').slice(0, 2).join('.')}.`,
      'rubbish',
    ];
    expect(await Promise.all(tokens.map(async (token) => (await profile(token)).status))).toEqual(
      tokens.map(() => 401),
    );
    expect((await profile(forged(good, payload, SECRET))).status).toBe(200);
  });
});
