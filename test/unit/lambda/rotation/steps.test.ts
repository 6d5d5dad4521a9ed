/** The four steps of a rotation, and what signs: killed anywhere, called again, called wrongly. Secrets Manager is in memory; what it would be asked stands in the last part. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newPassword } from '../../../../lambda/rotation/password';
import type { Core } from '../../../../lambda/rotation/steps';
import { type Vault, vaultOf } from '../../../../lambda/rotation/vault';
import { type Signing, signing } from '../../../../lambda/signing-rotation/signing';
import { STEPS, VaultInMemory } from '../../../support/vault';

interface Counted {
  readonly n: number;
}

/** A core that remembers what it was asked. */
function counting(fails: (asked: string) => boolean = () => false) {
  const asked: string[] = [];
  const say = async (what: string) => {
    asked.push(what);
    if (fails(what)) throw new Error(`failed: ${what}`);
  };
  const core: Core<Counted> = {
    next: ({ n }) => ({ n: n + 1 }),
    set: ({ n }, { current }) => say(`set ${n} beside ${current.n}`),
    test: ({ n }) => say(`test ${n}`),
  };
  return { core, asked };
}

/** Dies at the call of that number, before it or when it was done. */
function dying(vault: Vault, at: number, done: boolean): Vault {
  let calls = 0;
  return new Proxy(vault, {
    get:
      (target, name: keyof Vault) =>
      async (...args: never[]) => {
        const dies = calls++ === at;
        if (dies && !done) throw new Error('killed');
        const answer = await (target[name] as (...all: never[]) => Promise<unknown>)(...args);
        if (dies) throw new Error('killed');
        return answer;
      },
  });
}

describe('a rotation', () => {
  it('replaces the value, and keeps the former as the previous', async () => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    const { core, asked } = counting();
    await vault.rotate(core);
    expect([vault.current, vault.valueOf('AWSPREVIOUS')]).toEqual([{ n: 2 }, { n: 1 }]);
    expect(asked).toEqual(['set 2 beside 1', 'test 2']);
  });

  const kills = STEPS.flatMap((step) =>
    Array.from({ length: 5 }, (_, at) => [false, true].map((done) => [step, at, done] as const)).flat(),
  );
  it.each(kills)('killed in %s at call %i (done: %s) goes on to the same end', async (step, at, done) => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    const { core } = counting();
    const token = vault.begin();
    for (const each of STEPS) {
      if (each === step) await vault.step(core, each, token, dying(vault, at, done)).catch(() => undefined);
      await vault.step(core, each, token);
    }
    expect([vault.current, vault.valueOf('AWSPREVIOUS')]).toEqual([{ n: 2 }, { n: 1 }]);
    expect(vault.versions.size).toBe(2);
  });

  it.each(['set 2', 'test 2'])('that fails at %s leaves the current value as it is', async (what) => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    const { core } = counting((asked) => asked.startsWith(what));
    await expect(vault.rotate(core)).rejects.toThrow(`failed: ${what}`);
    expect(vault.current).toEqual({ n: 1 });
  });

  it('that is over does nothing more, whichever step comes again', async () => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    const { core, asked } = counting();
    const token = vault.begin();
    await vault.rotate(core, token);
    await vault.rotate(core, token);
    expect([vault.current, asked.length]).toEqual([{ n: 2 }, 2]);
  });

  it('tests the current value when a schedule is set up', async () => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    const { core, asked } = counting();
    const token = vault.begin();
    await vault.add(token, JSON.stringify(vault.current));
    await vault.step(core, 'testSecret', token);
    expect(asked).toEqual(['test 1']);
  });
});

describe('a call is refused', () => {
  const refused = async (step: string, prepare: (vault: VaultInMemory<Counted>) => string) => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    const { core, asked } = counting();
    const error = await vault.step(core, step, prepare(vault)).catch(({ message }: Error) => message);
    expect([vault.current, asked]).toEqual([{ n: 1 }, []]);
    return error;
  };

  it.each([
    ['of a version that nobody announced', 'createSecret', () => 'unknown', /labelled AWSPENDING, got no such version/],
    [
      'of a version without a label',
      'finishSecret',
      (vault: VaultInMemory<Counted>) => {
        const token = vault.begin();
        vault.label('AWSPENDING', vault.begin());
        return token;
      },
      /labelled AWSPENDING, got no label/,
    ],
    [
      'of the previous version',
      'finishSecret',
      (vault: VaultInMemory<Counted>) => {
        const token = vault.begin();
        vault.label('AWSPENDING', '');
        vault.label('AWSPREVIOUS', token);
        return token;
      },
      /labelled AWSPENDING, got AWSPREVIOUS/,
    ],
    [
      'of a version without a value',
      'setSecret',
      (vault: VaultInMemory<Counted>) => vault.begin(),
      /expected a value of version .*, got none/,
    ],
    [
      'of a step that there is not',
      'dropSecret',
      (vault: VaultInMemory<Counted>) => vault.begin(),
      /Step: expected createSecret/,
    ],
  ] as const)('%s', async (_, step, prepare, message) => {
    expect(await refused(step, prepare)).toMatch(message);
  });

  it('of a secret without a current version', async () => {
    const vault = new VaultInMemory<Counted>({ n: 1 });
    vault.label('AWSCURRENT', '');
    const { core } = counting();
    await expect(vault.rotate(core)).rejects.toThrow('expected a version labelled AWSCURRENT, got none');
  });
});

describe('what signs', () => {
  it('was accepted a whole period before, and is accepted one after', async () => {
    const first = newPassword();
    const vault = new VaultInMemory<Signing>({ current: first });
    await vault.rotate(signing);
    expect(vault.current).toEqual({ current: first, next: expect.any(String) });
    for (let times = 0; times < 3; times++) {
      const { current, next } = vault.current;
      await vault.rotate(signing);
      expect(vault.current).toMatchObject({ current: next, previous: current });
    }
  });

  it('is of letters and digits, and never twice the same', async () => {
    const vault = new VaultInMemory<Signing>({ current: newPassword() });
    for (let times = 0; times < 3; times++) await vault.rotate(signing);
    const values = Object.values(vault.current);
    expect(new Set(values).size).toBe(3);
    for (const value of values) expect(value).toMatch(/^[A-Za-z0-9]{48}$/);
  });

  it('is refused when it would break a configuration file, and not said', async () => {
    const vault = new VaultInMemory<Signing>({ current: '"; evil' });
    await expect(vault.rotate(signing)).rejects.toThrow(
      'signing secret: expected {current, next?, previous?} of 32 to 128 letters and digits each, got others at current',
    );
  });
});

describe('Secrets Manager', () => {
  const asked: { readonly target: string; readonly input: unknown }[] = [];
  const answers: Record<string, readonly [status: number, body: unknown]> = {
    DescribeSecret: [200, { VersionIdsToStages: { a: ['AWSCURRENT'] } }],
    GetSecretValue: [400, { __type: 'ResourceNotFoundException', message: 'no value' }],
    ListSecretVersionIds: [
      200,
      { Versions: [1, 3, 2].map((CreatedDate) => ({ VersionId: `v${CreatedDate}`, CreatedDate })) },
    ],
  };
  const server = createServer(async (request, answer) => {
    let body = '';
    for await (const piece of request) body += piece;
    const target = `${request.headers['x-amz-target']}`.replace('secretsmanager.', '');
    asked.push({ target, input: JSON.parse(body) });
    const [status, what] = answers[target] ?? [200, {}];
    answer.writeHead(status).end(JSON.stringify(what));
  });
  let vault: Vault;
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = () => ({ accessKeyId: 'x', secretAccessKey: 'x' });
    vault = vaultOf('arn:s', { region: 'eu-west-1', endpoint, credentials });
  });
  afterAll(() => server.close());

  it('is asked for labels, values and the newest versions, and told what is new', async () => {
    expect(await vault.labels()).toEqual({ a: ['AWSCURRENT'] });
    expect(await vault.read('a')).toBeUndefined();
    expect(await vault.history()).toEqual(['v3', 'v2', 'v1']);
    await vault.add('b', 'value');
    await vault.makeCurrent('b', 'a');
    expect(asked.slice(-2)).toEqual([
      {
        target: 'PutSecretValue',
        input: { SecretId: 'arn:s', ClientRequestToken: 'b', SecretString: 'value', VersionStages: ['AWSPENDING'] },
      },
      {
        target: 'UpdateSecretVersionStage',
        input: { SecretId: 'arn:s', VersionStage: 'AWSCURRENT', MoveToVersionId: 'b', RemoveFromVersionId: 'a' },
      },
    ]);
  });

  it('that refuses is told of', async () => {
    answers.GetSecretValue = [400, { __type: 'AccessDeniedException', message: 'no' }];
    await expect(vault.read('a')).rejects.toThrow('AccessDeniedException');
  });
});
