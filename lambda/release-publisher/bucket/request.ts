/** Requests to one bucket: signed by hand, on kept connections, tried again while there is hope. Knows no operation of S3. */
import { Agent as HttpAgent, request as http, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as https } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { sign } from 'aws4';
import { sha256 } from '../files/file';
import { encode, encodeKey } from '../files/key';
import { type Credentials, type CredentialsProvider, defaultCredentials } from './credentials';
import { isPassing, S3Error, s3Error } from './s3-error';

export interface Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** sha256 of the body in hex, if it is known: S3 refuses other bytes. */
  readonly hash?: string;
  /** Longest silence. @default 12 s */
  readonly patienceMs?: number;
}

export interface Answer {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Received = IncomingMessage & Answer;

export interface Settings {
  /** Instead of AWS. @default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL */
  readonly endpoint?: string;
  readonly credentials?: CredentialsProvider;
  /** At once. @default 48 */
  readonly connections?: number;
}

export type Send = (call: Call) => Promise<Answer>;

const EMPTY = sha256(Buffer.alloc(0));
const PATIENCE_MS = 12_000;
const TRIES = 10;
/** No try begins later: with its patience all of them end within 30 s. */
const GIVE_UP_MS = 14_000;
const FIRST_WAIT_MS = 80;
const LONGEST_WAIT_MS = 2000;

const queryOf = (query: Call['query'] = {}) =>
  Object.entries(query)
    .map(([name, value]) => (value ? `${encode(name)}=${encode(value)}` : `${encode(name)}=`))
    .join('&');

function place(bucket: string, region: string, endpoint: string | undefined) {
  if (endpoint) {
    const { origin, pathname } = new URL(endpoint);
    return { origin, prefix: `${pathname.replace(/\/$/, '')}/${bucket}` };
  }
  const host = `s3.${region}.amazonaws.com`; // a name with dots matches no certificate
  return bucket.includes('.')
    ? { origin: `https://${host}`, prefix: `/${bucket}` }
    : { origin: `https://${bucket}.${host}`, prefix: '' };
}

/** @param bucket its name; its region is learnt from the first answer */
export function requests(bucket: string, settings: Settings = {}): Send {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const { credentials = defaultCredentials(), connections = 48 } = settings;
  const endpoint = settings.endpoint ?? AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  const secure = !endpoint?.startsWith('http:');
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: connections });
  let region = AWS_REGION || AWS_DEFAULT_REGION || 'us-east-1';

  async function once(call: Call, who: Credentials): Promise<Received> {
    const { method, key = '', query, body, hash, patienceMs = PATIENCE_MS } = call;
    const { origin, prefix } = place(bucket, region, endpoint);
    const { host, hostname, port } = new URL(origin);
    const path = `${prefix}/${encodeKey(key)}${query ? `?${queryOf(query)}` : ''}`;
    const headers = {
      ...call.headers,
      ...(body && { 'content-length': `${body.length}` }),
      'x-amz-content-sha256': hash ?? (body ? sha256(body) : EMPTY),
    };
    const signed = sign({ service: 's3', region, method, host, path, headers }, who);
    return new Promise((done, failed) => {
      const asked = (secure ? https : http)({
        agent,
        hostname,
        port,
        method,
        path,
        headers: signed.headers as OutgoingHttpHeaders,
      });
      asked.setTimeout(patienceMs, () => asked.destroy(new Error(`silence for ${patienceMs / 1000} s`)));
      asked.once('error', failed);
      asked.once('response', (answer) => {
        const pieces: Buffer[] = []; // node's own consumers copy them twice, by way of a Blob
        answer.on('data', (piece) => pieces.push(piece));
        answer.once('end', () => done(Object.assign(answer, { body: Buffer.concat(pieces) })));
        answer.once('error', failed);
      });
      asked.end(body);
    });
  }

  async function tried(call: Call): Promise<Received | S3Error> {
    const asked = { method: call.method, bucket, key: call.key ?? '' };
    const who = await credentials();
    let answer: Received;
    try {
      answer = await once(call, who);
    } catch (error) {
      const { code = 'NoAnswer', message } = error as NodeJS.ErrnoException;
      return new S3Error(asked, 0, code, `${message || 'no connection'} at ${endpoint ?? 'AWS'}`);
    }
    const { statusCode: status = 0, body, headers } = answer;
    const mayFailLate = call.method === 'POST' || call.headers?.['x-amz-copy-source']; // 200 before the work is done
    if (status < 300 && !(mayFailLate && body.includes('<Error>'))) return answer;
    const home = headers['x-amz-bucket-region'];
    if (typeof home === 'string' && home !== region) {
      region = home;
      return tried(call);
    }
    return s3Error(asked, status < 300 ? 500 : status, body.toString());
  }

  return async (call) => {
    const begin = Date.now();
    for (let tries = 1; ; tries++) {
      const got = await tried(call);
      if (!(got instanceof S3Error)) return got;
      if (!isPassing(got) || tries >= TRIES || Date.now() - begin > GIVE_UP_MS) throw got;
      await wait(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.5 + Math.random() / 2));
    }
  };
}
