/** What CloudWatch masks in the log groups of production, should a writer let it through. */
import { properties, stackTemplate } from '../support/stack';

const policies = (stack: string) =>
  properties(stackTemplate('prod', stack), 'AWS::Logs::LogGroup').map(({ DataProtectionPolicy: policy }) => policy);

interface Policy {
  readonly Statement: readonly { readonly Operation: { readonly Deidentify?: object } }[];
}

const masks = (policy?: Policy) =>
  JSON.stringify(policy?.Statement.filter(({ Operation }) => Operation.Deidentify) ?? []);

it("masks mail addresses, addresses and tokens in the servers' log", () => {
  const [masked, ...others] = policies('Backend')
    .map(masks)
    .filter((text) => text.includes('EmailAddress'));
  expect(others).toEqual([]);
  for (const what of ['EmailAddress', 'IpAddress', 'Token', 'Session']) expect(masked).toContain(what);
});

it('masks mail addresses, tokens and session ids in every log of PostgreSQL and Redis', () => {
  const all = policies('Data').map(masks);
  expect(all.length).toBeGreaterThan(4);
  expect(all.filter((text) => !text.includes('EmailAddress') || !text.includes('Session'))).toEqual([]);
});
