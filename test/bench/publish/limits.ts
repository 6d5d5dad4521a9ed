/** What a function of 512 MB has to bear, and what a PUT costs signed by hand and by AWS's client. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { bucketAt, makeBucket, s3Env, s3Settings } from '../../support/s3';
import { handleSite } from '../../support/site-handler';
import { makeSite, spawnPublish } from '../../support/sites';
import { zipOf } from '../../support/zip';
import { siteFiles } from './site';

const PLAIN = { contentType: 'application/octet-stream', cacheControl: '' };
/** Of a processor, that Lambda gives with 512 MB: one whole with 1,769 MB. */
const LAMBDA_SHARE = 512 / 1769;
const LAMBDA_SECONDS = 900;

async function manyFiles(endpoint: string): Promise<void> {
  const size = { files: 20_000, megabytes: 400 };
  await bucketAt(endpoint, 'assets').put('many.zip', PLAIN, await zipOf(siteFiles(size)));
  await makeBucket(endpoint, 'many');
  const source = { bucket: 'assets', key: 'many.zip' };
  const properties = { bucket: 'many', source, keep: '3', pruneAfterSeconds: '0', retain: 'true' };
  const begin = performance.now();
  const { Status, Reason, resident, cpuSeconds } = await handleSite(properties, s3Env(endpoint));
  const seconds = (performance.now() - begin) / 1000;
  console.log(
    `custom resource, ${size.files} files of ${size.megabytes} MB: ${Status} ${Reason ?? ''} in ${seconds.toFixed(1)} s, ` +
      `CPU ${cpuSeconds.toFixed(1)} s, ${(cpuSeconds / LAMBDA_SHARE).toFixed(0)} s with Lambda's share of a processor ` +
      `(at most ${LAMBDA_SECONDS}), resident at most ${(resident / 1e6).toFixed(0)} MB (at most 512)`,
  );
}

async function largeFile(endpoint: string, state: string): Promise<void> {
  const folder = makeSite(`${state}/large`, { 'index.html': 'page' });
  const file = openSync(`${folder}/video.mp4`, 'w');
  ftruncateSync(file, 5e9);
  writeSync(file, 'the end', 5e9 - 7);
  closeSync(file);
  await makeBucket(endpoint, 'large');
  const { code, out, err } = await spawnPublish(endpoint, ['--bucket', 'large', '--source', folder]).ran;
  console.log(`a file of 5 GB: exit code ${code}, ${out}${err}`);
  if (code === 0) console.log(`stored ${await bucketAt(endpoint, 'large').size('video.mp4')} bytes`);
}

async function putCost(endpoint: string): Promise<void> {
  const count = 2000;
  const atOnce = 48;
  const body = Buffer.alloc(60_000, 'x');
  const bucket = await makeBucket(endpoint, 'puts');
  const { accessKeyId, secretAccessKey } = (await s3Settings(endpoint).credentials?.()) ?? {};
  if (!accessKeyId || !secretAccessKey) throw new Error('expected credentials');
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  const ways = {
    'signed by hand': (key: string) => bucket.put(key, PLAIN, body),
    "AWS's client": (key: string) => client.send(new PutObjectCommand({ Bucket: 'puts', Key: key, Body: body })),
  };
  for (const round of [1, 2, 3]) {
    for (const [way, put] of Object.entries(ways)) {
      const before = process.cpuUsage();
      let next = 0;
      const worker = async () => {
        while (next < count) await put(`${next++}`);
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      const { user, system } = process.cpuUsage(before);
      console.log(`a PUT of 60 kB ${way}, run ${round}: ${((user + system) / 1000 / count).toFixed(2)} ms CPU`);
    }
  }
  client.destroy();
}

export const LIMITS = { puts: putCost, many: manyFiles, large: largeFile };
