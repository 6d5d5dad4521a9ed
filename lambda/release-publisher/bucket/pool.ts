/** Limits: how many things happen at once, and how much memory they hold. */

/** Runs `work` on every item, in order of their begin. After a failure none begins; throws the first failure when the others have ended. */
export async function each<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      try {
        await work(items[next++] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

export interface Budget {
  /** Waits until that many bytes are free, all of them when it is more; returns what gives them back. */
  take(bytes: number): Promise<() => void>;
}

export function budget(total: number): Budget {
  let free = total;
  const waiting: { bytes: number; go: () => void }[] = [];
  const serve = () => {
    for (let first = waiting[0]; first && first.bytes <= free; first = waiting[0]) {
      free -= first.bytes;
      waiting.shift();
      first.go();
    }
  };
  return {
    async take(wanted) {
      const bytes = Math.min(wanted, total);
      await new Promise<void>((go) => {
        waiting.push({ bytes, go });
        serve();
      });
      return () => {
        free += bytes;
        serve();
      };
    },
  };
}
