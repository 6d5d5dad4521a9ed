/** Writes the files of a plan in its order. Nothing that visitors have is changed before all else is there. */
import { each } from './bucket/pool';
import { PART, type Prepared, prepare, put, type Upload } from './bucket/upload';
import { STEPS } from './files/headers';
import type { Write } from './plan';

interface Limits {
  readonly atOnce: number;
  /** Throws when nothing may be written any more. */
  readonly check: () => void;
}

/** New files that no page names yet are written at once; pages, and all that is there already, are sent first and completed last. */
export async function writeFiles(upload: Upload, writes: readonly Write[], { atOnce, check }: Limits): Promise<void> {
  const replaces = writes.some(({ existing }) => existing);
  const waits = ({ existing, step }: Write) => existing || (replaces && (step === 'page' || step === 'index'));
  const of = (step: string, files: readonly Write[]) => files.filter((file) => file.step === step);

  const now = writes.filter((file) => !waits(file));
  for (const step of STEPS)
    await each(of(step, now), atOnce, async (file) => {
      check();
      if (file.size <= PART) await put(upload, file);
      else await (await prepare(upload, file)).complete();
    });

  const prepared = new Map<Write, Prepared>();
  try {
    const later = writes.filter(waits);
    await each(later, atOnce, async (file) => {
      check();
      prepared.set(file, await prepare(upload, file));
    });
    for (const step of STEPS)
      await each(of(step, later), atOnce, async (file) => {
        check();
        await prepared.get(file)?.complete();
        prepared.delete(file);
      });
  } catch (error) {
    await Promise.all([...prepared.values()].map((each) => each.abort()));
    throw error;
  }
}
