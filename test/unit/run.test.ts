/** How a command ends on an error: a message that a user can act on, or the error with its stack trace where the fault is ours. */

import { patiently } from '../../lib/commands/patiently';
import { printed } from '../../lib/commands/run';
import { ConfigError } from '../../lib/config/config-error';

const failed = (message: string, members: object) => Object.assign(new Error(message), members);
const refused = failed('User is not authorized\nmore', { name: 'AccessDenied', $fault: 'client' });
const unreached = failed('connect ECONNREFUSED 10.0.0.1:443', { code: 'ECONNREFUSED' });

it.each<[string, unknown, RegExp]>([
  ["a user's mistake", new ConfigError('name: expected a, got b'), /^name: expected a, got b$/],
  ["AWS's refusal", refused, /^AWS: expected .*, got AccessDenied: User is not authorized; mend/],
  ['a server that refuses', unreached, /^network: expected an answer, got ECONNREFUSED: connect/],
  [
    'a name that nobody knows',
    failed('getaddrinfo', { code: 'ENOTFOUND' }),
    /^network: .*got ENOTFOUND: getaddrinfo; check/,
  ],
  ['several addresses of which none answers', failed('', { code: 'ETIMEDOUT' }), /^network: .*got ETIMEDOUT; check/],
  ['an answer that is late', failed('late', { name: 'TimeoutError' }), /^network: .*got TimeoutError: late; check/],
])('%s is one line', (_, error, line) => {
  expect(printed(error)).toMatch(line);
});

it.each([failed('no such file', { code: 'ENOENT' }), new TypeError('x is undefined')])(
  'what nobody outside did (%s) keeps its stack trace',
  (error) => {
    expect(printed(error)).toBe(error);
  },
);

describe('what a command watches', () => {
  const watched = async (answers: readonly unknown[]) => {
    const [said, left] = [[] as string[], [...answers]];
    const look = async () => {
      const answer = left.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const end = await patiently(look, (text) => said.push(text), 1).catch((error: Error) => error);
    return { end, said, looks: answers.length - left.length };
  };

  it('is looked at again after a hiccup of the network, which is told', async () => {
    expect(await watched([unreached, unreached, 'seen'])).toEqual({
      end: 'seen',
      said: Array(2).fill('no answer (connect ECONNREFUSED 10.0.0.1:443); looks again'),
      looks: 3,
    });
  });

  it('is given up after 12 looks without an answer', async () => {
    expect(await watched(Array(20).fill(unreached))).toMatchObject({ end: unreached, looks: 12 });
  });

  it('is not asked for twice where that is refused', async () => {
    expect(await watched([refused, 'seen'])).toMatchObject({ end: refused, said: [], looks: 1 });
  });
});
