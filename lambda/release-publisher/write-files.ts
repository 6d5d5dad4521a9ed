/** Writes the files of a plan in its order. Nothing that visitors have is changed before all else is there. */
import { each } from './bucket/pool';
import { PART, type Prepared, prepare, put, type Upload } from './bucket/upload';
import { STEPS } from './files/headers';
import type { Write } from './plan';

export interface Writing {
  /** Writes all. @param check throws when nothing may be written any more */
  finish(check: () => void): Promise<void>;
  /** Takes back what was sent and isn't seen yet. */
  drop(): Promise<void>;
}

/** Pages, and all that is there already, are sent at once and completed last; new files that no page names yet are written between. */
export function startWriting(upload: Upload, writes: readonly Write[], atOnce: number): Writing {
  const replaces = writes.some(({ existing }) => existing);
  const waits = ({ existing, step }: Write) => existing || (replaces && (step === 'page' || step === 'index'));
  const inSteps = async (files: readonly Write[], work: (file: Write) => Promise<void>) => {
    for (const step of STEPS)
      await each(
        files.filter((file) => file.step === step),
        atOnce,
        work,
      );
  };

  const later = writes.filter(waits);
  const prepared = new Map<Write, Prepared>();
  let dropped = false;
  const sending = each(later, atOnce, async (file) => {
    if (!dropped) prepared.set(file, await prepare(upload, file));
  });
  sending.catch(() => {}); // heard of when it is awaited

  return {
    async finish(check) {
      const now = writes.filter((file) => !waits(file));
      await inSteps(now, async (file) => {
        check();
        if (file.size <= PART) await put(upload, file);
        else await (await prepare(upload, file)).complete();
      });
      await sending;
      await inSteps(later, async (file) => {
        check();
        await prepared.get(file)?.complete();
        prepared.delete(file);
      });
    },
    async drop() {
      dropped = true;
      await sending.catch(() => {});
      await Promise.all([...prepared.values()].map((each) => each.abort()));
    },
  };
}
