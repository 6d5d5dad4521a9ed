/** Time limits of a probe, and how it says what failed. */

const LONGEST = 200;

/** What is said of an error: its message's first line. Nothing else of it: a client's error may hold the command, and so a password. */
export function reasonOf(error: unknown): string {
  const { code, message = '' } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
  const [first = ''] = `${message}`.split('\n');
  return (first || `${code ?? 'no reason given'}`).slice(0, LONGEST);
}

/** Rejects after `ms` with "no answer within …", and aborts the signal then, so that sockets are closed. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const control = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      control.abort();
      reject(new Error(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([work(control.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}
