/** Why requests failed, as the processes' own logs have it, but for want of processor: a machine with other work refuses logins. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from './scenario';

const BUSY = /^(too many logins at once|logins take too long|the event loop lags)$/;
const FAILED = /"err":\{"type":"\w+","message":"([^"]*)".*"msg":"request failed"/g;

export const causes = ({ site, world }: Drill): readonly string[] =>
  world.backends
    .map((_, index) => readFileSync(join(site.folder, `backend-${index + 1}.log`), 'utf8'))
    .flatMap((log) => [...log.matchAll(FAILED)].map(([, message]) => message ?? ''))
    .filter((message) => !BUSY.test(message));
