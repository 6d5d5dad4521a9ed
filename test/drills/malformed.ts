/** Sends the odd requests, byte by byte as they are, and looks at what comes back. */
import { connect } from 'node:net';
import { openLoop, visitor } from './client';
import { ODD } from './odd-requests';

export interface OddAnswer {
  readonly what: string;
  readonly status: number | 'closed' | 'silence';
  readonly text: string;
}

/** Longer than any deadline of NGINX or the backend for a request that isn't whole. */
const SILENCE_MS = 35_000;
/** Addresses that no other visitor of the drill has. */
const FIRST_ADDRESS = 1 << 20;

function say({ hostname, port }: URL, bytes: string): Promise<Omit<OddAnswer, 'what'>> {
  return new Promise((done) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const end = (without: 'closed' | 'silence') => {
      socket.destroy();
      const status = /^HTTP\/1\.[01] ([2-5]\d\d)/m.exec(text)?.[1];
      done({ status: status ? Number(status) : without, text });
    };
    socket.setTimeout(SILENCE_MS, () => end('silence'));
    socket.on('error', () => undefined); // it closes then
    socket.on('close', () => end('closed'));
    socket.on('data', (data) => {
      text += data;
    });
  });
}

/** Each of them to each of the servers, spread over so many seconds. */
export async function malformed(urls: readonly string[], seconds: number): Promise<readonly OddAnswer[]> {
  const all = urls.flatMap((url) => ODD.map((odd) => ({ url: new URL(url), ...odd })));
  const answers: OddAnswer[] = [];
  await openLoop(all.length / seconds, AbortSignal.timeout(seconds * 1000), async (number) => {
    const odd = all[number];
    if (odd) answers.push({ what: odd.what, ...(await say(odd.url, odd.bytes(visitor(FIRST_ADDRESS + number)))) });
  });
  return answers;
}

/** 501 and 505 are right for a protocol that nobody speaks. */
export const broken = ({ status }: OddAnswer) =>
  status === 'silence' || (Number(status) >= 500 && status !== 501 && status !== 505);

/** Whether an answer tells of the code behind it: a stack, a path, a library, an address. */
export const tells = ({ text }: OddAnswer) =>
  /^\s*at .+:\d+|node_modules|[\w/]+\.[jt]s:\d+|FST_|ioredis|postgres|ECONN|127\.0\.\d|\b(syntax|reference|type)error\b/im.test(
    text,
  );
