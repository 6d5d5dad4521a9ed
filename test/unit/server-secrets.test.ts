/** The scripts of a server that write secrets to files, run with a stand-in for the AWS command line. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run, standIn } from '../support/server-scripts';

const CURRENT = 'c'.repeat(48);
const PREVIOUS = 'p'.repeat(48);
const kid = (secret: string) => createHash('sha256').update(secret).digest('hex').slice(0, 8);

function secrets() {
  const aws = standIn();
  aws.secret('database', { username: 'app', password: 'db123', host: 'db.internal', port: 5432, dbname: 'app' });
  aws.secret('sessions', { username: 'app', password: 'redis123' });
  aws.secret('cookie', { current: CURRENT, previous: PREVIOUS });
  aws.secret('token', { current: CURRENT, previous: PREVIOUS });
  aws.secret('fresh', { current: CURRENT });
  aws.secret('broken', { current: '"; evil' });
  const out = join(aws.folder, 'env');
  const ran = (env: Readonly<Record<string, string>> = {}, ...names: readonly string[]) => ({
    ...run(aws, 'app/server/secrets.sh', [out, ...names], {
      DATABASE_SECRET: 'database',
      SESSIONS_SECRET: 'sessions',
      COOKIE_SECRET: 'cookie',
      TOKEN_SECRET: 'token',
      DATABASE_REPLICAS: 'r1.internal,r2.internal',
      REDIS_PRIMARY: 'redis.internal:6379',
      REDIS_READER: 'reader.internal:6379',
      ...env,
    }),
    written: existsSync(out) ? readFileSync(out, 'utf8') : '',
  });
  return { aws, out, ran };
}

describe('the secrets of the backend', () => {
  it('become the variables that the backend reads, what signs first', () => {
    expect(secrets().ran().written.trim().split('\n')).toEqual([
      "DATABASE_URL='postgresql://app:db123@db.internal:5432/app'",
      "DATABASE_REPLICA_URLS='postgresql://app:db123@r1.internal:5432/app,postgresql://app:db123@r2.internal:5432/app'",
      "REDIS_URL='rediss://app:redis123@redis.internal:6379'",
      "REDIS_READER_URL='rediss://app:redis123@reader.internal:6379'",
      `SESSION_SECRET='${CURRENT},${PREVIOUS}'`,
      `JWT_SECRET='${kid(CURRENT)}:${CURRENT},${kid(PREVIOUS)}:${PREVIOUS}'`,
    ]);
  });

  it('lead to the database that the server is told of, where the secret is a copy of another region', () => {
    const { written } = secrets().ran({
      DATABASE_HOST: 'standby.internal',
      DATABASE_PORT: '15432',
      DATABASE_REPLICAS: '',
    });
    expect(written).toContain(
      "DATABASE_URL='postgresql://app:db123@standby.internal:15432/app'\nDATABASE_REPLICA_URLS=''\n",
    );
  });

  it('need no former secret: a fresh account has none', () => {
    const { written } = secrets().ran({ COOKIE_SECRET: 'fresh', TOKEN_SECRET: 'fresh' });
    expect(written).toContain(`SESSION_SECRET='${CURRENT}'\nJWT_SECRET='${kid(CURRENT)}:${CURRENT}'\n`);
  });

  it('have what will sign after the next rotation among those that are accepted, behind what signs', () => {
    const { aws, ran } = secrets();
    const NEXT = 'n'.repeat(48);
    aws.secret('cookie', { current: CURRENT, next: NEXT, previous: PREVIOUS });
    expect(ran().written).toContain(`SESSION_SECRET='${CURRENT},${NEXT},${PREVIOUS}'\n`);
  });

  it('are those of the database alone for who asks for no others, and needs no others', () => {
    const none = { SESSIONS_SECRET: '', COOKIE_SECRET: '', TOKEN_SECRET: '', DATABASE_REPLICAS: '' };
    expect(secrets().ran(none, 'DATABASE').written.trim().split('\n')).toEqual([
      "DATABASE_URL='postgresql://app:db123@db.internal:5432/app'",
      "DATABASE_REPLICA_URLS=''",
    ]);
  });

  it('are none for a service that is given none, and those named for one that is given some', () => {
    expect(secrets().ran({}, '--')).toMatchObject({ code: 0, written: '' });
    expect(secrets().ran({}, '--', 'COOKIE').written).toBe(`SESSION_SECRET='${CURRENT},${PREVIOUS}'\n`);
  });

  it('name no reader where a cluster has none', () => {
    expect(secrets().ran({ REDIS_READER: '' }).written).toContain("REDIS_READER_URL=''\n");
  });

  it('are readable by their owner alone, and printed nowhere', () => {
    const { out, ran } = secrets();
    expect(ran()).toMatchObject({ code: 0, said: '' });
    expect(statSync(out).mode & 0o777).toBe(0o400);
  });

  it('are refused when malformed, and not printed then either', () => {
    const { code, said, written } = secrets().ran({ TOKEN_SECRET: 'broken' });
    expect([code, written]).toEqual([1, '']);
    expect(said).toBe(
      'signing secret: expected {current, next?, previous?} of 32 to 128 letters and digits each, got something else\n',
    );
  });

  it('of the last start serve a restart while Secrets Manager does not answer', () => {
    const { aws, ran } = secrets();
    const { written } = ran();
    rmSync(join(aws.folder, 'secret-cookie'));
    const again = ran();
    expect([again.code, again.written]).toEqual([0, written]);
    expect(again.said).toContain('those of the last start are kept');
  });

  it('have the DSN of an error tracker among them where there is one', () => {
    const { aws, ran } = secrets();
    aws.text('tracker', 'https://abc123@o1.example.com/42');
    expect(ran({ ERROR_DSN_SECRET: 'tracker' }).written).toContain("ERROR_DSN='https://abc123@o1.example.com/42'\n");
  });

  it.each(['unknown', 'cookie'])('do without a DSN that is missing or malformed (%s), and say so', (id) => {
    const { code, said, written } = secrets().ran({ ERROR_DSN_SECRET: id });
    expect(code).toBe(0);
    expect(said).toContain('error tracker: expected a DSN https://KEY@HOST/PROJECT');
    expect(written).toContain('JWT_SECRET=');
    expect(written).not.toContain('ERROR_DSN');
  });

  it('must be there at the first start', () => {
    expect(secrets().ran({ COOKIE_SECRET: 'unknown' })).toMatchObject({ code: 1, written: '' });
  });
});

describe('who NGINX takes for CloudFront', () => {
  const origin = (value?: unknown) => {
    const aws = standIn();
    const out = join(aws.folder, 'origin.conf');
    if (value) aws.secret('origin', value);
    const ran = run(aws, 'app/server/origin.sh', [out], value ? { ORIGIN_SECRET: 'origin' } : {});
    return { ...ran, out };
  };

  it('is whoever knows the current or the previous secret', () => {
    const { out } = origin({ current: CURRENT, previous: PREVIOUS });
    expect(readFileSync(out, 'utf8')).toBe(`default balancer;\n"${CURRENT}" cdn;\n"${PREVIOUS}" cdn;\n`);
    expect(statSync(out).mode & 0o777).toBe(0o400);
  });

  it('is everybody behind an internal balancer, which only CloudFront reaches', () => {
    expect(readFileSync(origin().out, 'utf8')).toBe('default cdn;\n');
  });

  it('is nobody when the secret is malformed: it stands in a configuration file', () => {
    const { code, said } = origin({ current: '"; evil' });
    expect(code).toBe(1);
    expect(said).toContain('expected values of 32 to 128');
  });
});
