/** The operations of S3 that a publication needs, on one bucket. Decides nothing. */
import type { Headers } from '../files/headers';
import { encodeKey } from '../files/key';
import { requests, type Settings } from './request';
import { S3Error } from './s3-error';

export interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  /** How long ago it was written, by the server's clock, in milliseconds. */
  readonly age: number;
}

/** Refused by the server unless the key is as expected: absent, or with this ETag. */
export type Condition = 'absent' | { readonly etag: string };

/** Longest wait for what the server does with gigabytes. */
const LONG_MS = 300_000;
const PIECE = 8 * 1024 * 1024;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const unescaped = (text: string) =>
  text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (all, decimal, hex, name) =>
    name ? (ENTITIES[name] ?? all) : String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16)),
  );

const tags = (xml: string, name: string) =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)<`, 'g'))].map(([, value = '']) => unescaped(value));

const dateOf = (text: string | undefined) => (text ? Date.parse(text) : Date.now());

const httpHeaders = ({ contentType, cacheControl }: Headers) => ({
  'content-type': contentType,
  'cache-control': cacheControl,
});

const conditionOf = (condition: Condition | undefined): Readonly<Record<string, string>> =>
  condition === 'absent' ? { 'if-none-match': '*' } : condition ? { 'if-match': condition.etag } : {};

export type Bucket = ReturnType<typeof openBucket>;

export function openBucket(name: string, settings: Settings = {}) {
  const send = requests(name, settings);
  const written = async (sent: ReturnType<typeof send>) => `${(await sent).headers.etag ?? ''}`;
  return {
    name,

    /** All keys that begin so. */
    async list(prefix: string): Promise<readonly string[]> {
      const found: string[] = [];
      for (let token: string | undefined, first = true; first || token; first = false) {
        const query = { 'list-type': '2', ...(prefix && { prefix }) };
        const { body } = await send({
          method: 'GET',
          query: token ? { ...query, 'continuation-token': token } : query,
        });
        const xml = body.toString();
        found.push(...tags(xml, 'Key'));
        token = tags(xml, 'NextContinuationToken')[0];
      }
      return found;
    },

    /** Nothing where there is nothing. */
    async read(key: string): Promise<Stored | undefined> {
      try {
        const { body, headers } = await send({ method: 'GET', key });
        return { body, etag: headers.etag ?? '', age: dateOf(headers.date) - dateOf(headers['last-modified']) };
      } catch (error) {
        if (error instanceof S3Error && error.status === 404 && error.code !== 'NoSuchBucket') return undefined;
        throw error;
      }
    },

    /** Bytes from `start` to before `end`. */
    async range(key: string, start: number, end: number): Promise<Buffer> {
      if (end <= start) return Buffer.alloc(0);
      return (await send({ method: 'GET', key, headers: { range: `bytes=${start}-${end - 1}` } })).body;
    },

    async *open(key: string, size: number): AsyncGenerator<Buffer> {
      for (let start = 0; start < size; start += PIECE) yield this.range(key, start, Math.min(size, start + PIECE));
    },

    async size(key: string): Promise<number> {
      return Number((await send({ method: 'HEAD', key })).headers['content-length']);
    },

    async writtenWithin(key: string, size: number, milliseconds: number): Promise<boolean> {
      const { headers } = await send({ method: 'HEAD', key });
      const age = dateOf(headers.date) - dateOf(headers['last-modified']);
      return Number(headers['content-length']) === size && age <= milliseconds;
    },

    /** @returns the ETag */
    put: (key: string, headers: Headers, body: Uint8Array, { hash, when }: { hash?: string; when?: Condition } = {}) =>
      written(send({ method: 'PUT', key, body, hash, headers: { ...httpHeaders(headers), ...conditionOf(when) } })),

    /** Within the bucket, at most 5 GiB. */
    copy: async (from: string, to: string) => {
      const headers = { 'x-amz-copy-source': `/${name}/${encodeKey(from)}` };
      await send({ method: 'PUT', key: to, headers, patienceMs: LONG_MS });
    },

    delete: async (key: string) => {
      await send({ method: 'DELETE', key });
    },

    async createUpload(key: string, headers: Headers): Promise<string> {
      const { body } = await send({ method: 'POST', key, query: { uploads: '' }, headers: httpHeaders(headers) });
      return tags(body.toString(), 'UploadId')[0] ?? '';
    },

    /** @returns the part's ETag */
    putPart: (key: string, uploadId: string, partNumber: number, body: Uint8Array) =>
      written(send({ method: 'PUT', key, query: { partNumber: `${partNumber}`, uploadId }, body })),

    async completeUpload(key: string, uploadId: string, etags: readonly string[]): Promise<void> {
      const parts = etags.map(
        (etag, index) =>
          `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag></Part>`,
      );
      const xml = `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
      const headers = { 'content-type': 'application/xml' };
      await send({ method: 'POST', key, query: { uploadId }, headers, body: Buffer.from(xml), patienceMs: LONG_MS });
    },

    abortUpload: async (key: string, uploadId: string) => {
      await send({ method: 'DELETE', key, query: { uploadId } });
    },
  };
}
