/** Parts of large files, within S3's limits: 10,000 parts of 5 MiB to 5 GiB. */
import { partSize } from '../../../../lambda/release-publisher/bucket/upload';

const MIB = 1024 ** 2;

it.each([
  ['5 GB', 5e9],
  ['50 GB', 50e9],
  ['5 TiB, the largest that S3 takes', 5 * 1024 ** 4],
])('of a file of %s are at most 10,000', (_, size) => {
  expect(Math.ceil(size / partSize(size))).toBeLessThanOrEqual(10_000);
  expect(partSize(size)).toBeGreaterThanOrEqual(5 * MIB);
  expect(partSize(size)).toBeLessThanOrEqual(5 * 1024 * MIB);
});
