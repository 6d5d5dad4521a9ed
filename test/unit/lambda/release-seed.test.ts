import { items } from '../../../lambda/release-seed/seed';

it('writes the archive as it is, then the pointer with its checksum', () => {
  const archive = Buffer.from('tar');
  const written = items({ id: 'abcdef012345', sha256: 'ab'.repeat(32) }, archive);
  expect(written.map(({ key }) => key)).toEqual(['releases/abcdef012345.tar', 'current.json']);
  expect(written[0]?.body).toBe(archive);
  expect(JSON.parse(String(written[1]?.body))).toEqual({ id: 'abcdef012345', sha256: 'ab'.repeat(32) });
});
