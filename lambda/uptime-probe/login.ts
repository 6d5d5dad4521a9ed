/** Logs a synthetic user in and out again. Makes that user first where the site knows none: nobody has to, and a new password is a new user. */
import { createHash } from 'node:crypto';
import type { Answer } from './answers';
import type { Asked } from './ask';

type Ask = (asked: Asked) => Promise<Answer>;

/** Follows from the password, so that nobody else can register it beforehand. `.invalid` gets no mail. */
export const addressOf = (password: string): string =>
  `probe-${createHash('sha256').update(password).digest('hex').slice(0, 16)}@uptime.invalid`;

const unexpected = (step: string, { status }: Answer) => `${step}: got status ${status}`;

/** Why it failed; nothing when it didn't. Never names the password. */
export async function loginFault(ask: Ask, password: string): Promise<string | undefined> {
  const json = { email: addressOf(password), password };
  const logIn = () => ask({ method: 'POST', path: '/api/login', json });
  let answer = await logIn();
  if (answer.status === 401) {
    const made = await ask({ method: 'POST', path: '/api/register', json });
    if (made.status !== 201) return unexpected('register', made);
    answer = await logIn();
  }
  if (answer.status !== 200) return unexpected('login', answer);
  const { cookies } = answer;
  const profile = await ask({ path: '/api/profile', cookies });
  if (profile.status !== 200 || !profile.body.includes(json.email)) return unexpected('profile', profile);
  const gone = await ask({ method: 'POST', path: '/api/logout', cookies });
  return gone.status === 204 ? undefined : unexpected('logout', gone);
}
