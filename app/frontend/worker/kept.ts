/** The caches of this worker, one for each release; other caches of the site are not its own. */
const PREFIX = 'site-';

export const cacheName = (release: string) => `${PREFIX}${release}`;

/** Drops the cache of every release but one; of all without it. */
export async function dropCaches(but?: string): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  await Promise.all(names.filter((name) => but === undefined || name !== cacheName(but)).map((n) => caches.delete(n)));
}
