/** For a file of the publisher's tests: a real S3 server, a proxy before it that sees and spoils requests, a bucket for each test. Expects nothing. */
import { basename } from 'node:path';
import type { Bucket } from '../../lambda/release-publisher/bucket/bucket';
import { type Publication, publishAll } from '../../lambda/release-publisher/publish-all';
import { folderSource } from '../../lambda/release-publisher/sources/folder';
import { bucketAt, headersOf, makeBucket, type S3, s3Settings, startS3 } from './s3';
import { type S3Proxy, s3Proxy } from './s3-proxy';
import { type Files, makeSite, spawnPublish } from './sites';

type More = Partial<Publication>;

/** Call it once in a file, outside of its tests. */
export function publisher(testFile: string) {
  const state = `.holdfast/integration-${basename(testFile, '.test.ts')}`;
  const site = `${state}/site`;
  let s3: S3;
  let proxy: S3Proxy;
  let bucket: Bucket;
  let count = 0;

  beforeAll(async () => {
    s3 = await startS3(state);
    proxy = await s3Proxy(s3.endpoint);
  });
  afterAll(async () => {
    await proxy?.close();
    await s3?.stop();
  });
  beforeEach(async () => {
    bucket = await makeBucket(s3.endpoint, `site-${count++}`);
    proxy.calm();
  });

  /** Through the proxy, which sees this publication only. */
  const publishFrom = (more: More) => {
    proxy.seen.length = 0;
    return publishAll({ bucket: bucket.name, settings: s3Settings(proxy.url), ...more });
  };
  return {
    state,
    site,
    /** Past the proxy. */
    get bucket() {
      return bucket;
    },
    get proxy() {
      return proxy;
    },
    bucketNamed: (name: string) => bucketAt(s3.endpoint, name),
    headersOf: (key: string, name = bucket.name) => headersOf(s3.endpoint, name, key),
    makeBucket: (name: string) => makeBucket(s3.endpoint, name),
    async publish(files: Files, more: More = {}) {
      const source = await folderSource(makeSite(site, files));
      return publishFrom({ source: async () => source, ...more });
    },
    rollback: (id = '', more: More = {}) => publishFrom({ rollback: id, ...more }),
    /** The command, with this bucket. */
    spawn: (args: readonly string[], env?: Readonly<Record<string, string>>) =>
      spawnPublish(proxy.url, ['--bucket', bucket.name, ...args], env),
  };
}
