/** Custom resource: seeds a bucket with the first release of a fleet if it has none. Deletes nothing, and does nothing on update. */
import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { customResource } from '../custom-resource';
import { items, POINTER_KEY, type Seed } from './seed';

const s3 = new S3Client({});

async function seeded({ bucket }: Seed): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: POINTER_KEY }));
    return true;
  } catch (error) {
    if ((error as { name?: string }).name === 'NotFound') return false;
    throw error;
  }
}

/** Writes the release unless the bucket has one. Throws when the archive's bytes aren't those expected. */
async function sow(seed: Seed): Promise<void> {
  if (await seeded(seed)) return;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: seed.source.bucket, Key: seed.source.key }));
  const archive = (await Body?.transformToByteArray()) ?? new Uint8Array();
  const got = createHash('sha256').update(archive).digest('hex');
  if (got !== seed.sha256) throw new Error(`release ${seed.id}: expected sha256 ${seed.sha256}, got ${got}`);
  for (const { key, body, contentType, cacheControl } of items(seed, archive)) {
    const object = { Bucket: seed.bucket, Key: key, Body: body, ContentType: contentType, CacheControl: cacheControl };
    await s3.send(new PutObjectCommand(object));
  }
}

export const handler = customResource(async (event) => {
  if (event.RequestType === 'Create') await sow(event.ResourceProperties as unknown as Seed);
});
