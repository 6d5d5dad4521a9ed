/** Does a job once, however often its message comes: what it changes in PostgreSQL is kept together with the record that it was done. */

import type { Database } from '../backend/data/database';
import type { Run } from '../backend/data/endpoint';
import type { Job } from '../backend/jobs/job';

/** Longer than a message can live: 4 days in the queue, 14 among the dead letters. */
const REMEMBERED = '30 days';

/** Whether it was done now; false when it had been done before. A twin of it that is under way is waited for. */
export const once = (database: Database, { id }: Job, work: (run: Run) => Promise<void>): Promise<boolean> =>
  database.transaction(async (run) => {
    const { rowCount } = await run('insert into jobs_done (id) values ($1) on conflict do nothing', [id]);
    if (rowCount === 0) return false;
    await work(run);
    return true;
  });

export const forget = (database: Database) =>
  database.write(`delete from jobs_done where done_at < now() - interval '${REMEMBERED}'`);
