/** Custom resource: seeds a bucket with the first release if it has none. Deletes nothing, and does nothing on update. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { extract } from 'tar-stream';
import { type Entry, items, pointerKey, type Seed } from './seed';

const s3 = new S3Client({});

async function seeded({ bucket, ...seed }: Seed): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: pointerKey(seed) }));
    return true;
  } catch (error) {
    if ((error as { name?: string }).name === 'NotFound') return false;
    throw error;
  }
}

async function unpacked(archive: Uint8Array): Promise<readonly Entry[]> {
  const tar = extract();
  tar.end(archive);
  const entries: Entry[] = [];
  for await (const entry of tar) entries.push({ name: entry.header.name, body: await buffer(entry) });
  return entries;
}

/** Writes the release unless the bucket has one. Throws when the archive's bytes aren't those expected. */
async function sow(seed: Seed): Promise<void> {
  if (await seeded(seed)) return;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: seed.source.bucket, Key: seed.source.key }));
  const archive = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== seed.sha256) throw new Error(`release ${seed.id}: expected sha256 ${seed.sha256}, got ${got}`);
  for (const { key, body, contentType, cacheControl } of items(seed, archive, await unpacked(archive))) {
    const object = { Bucket: seed.bucket, Key: key, Body: body, ContentType: contentType, CacheControl: cacheControl };
    await s3.send(new PutObjectCommand(object));
  }
}

async function answer(event: CloudFormationCustomResourceEvent, reason?: string): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const PhysicalResourceId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : LogicalResourceId;
  const Status = reason === undefined ? 'SUCCESS' : 'FAILED';
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, PhysicalResourceId, Status, Reason: reason });
  await fetch(event.ResponseURL, { method: 'PUT', body, headers: { 'content-type': '' } });
}

export async function handler(event: CloudFormationCustomResourceEvent): Promise<void> {
  try {
    if (event.RequestType === 'Create') await sow(event.ResourceProperties as unknown as Seed);
    await answer(event);
  } catch (error) {
    await answer(event, (error as Error).message);
  }
}
