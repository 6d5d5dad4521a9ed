/** `npm run publish-frontend`: publishes a folder, or rolls back. The work is lambda/release-publisher's. */
import { PublishError } from '../../../lambda/release-publisher/error';
import { publishAll } from '../../../lambda/release-publisher/publish-all';
import { folderSource } from '../../../lambda/release-publisher/sources/folder';
import { ConfigError } from '../../config/config-error';
import { HELP, publishOptions } from './options';
import { bar, leftOutLine, planned, summary } from './report';

/** Returns the exit code; throws a ConfigError for what the user can mend. */
export async function publishFrontend(words: readonly string[]): Promise<number> {
  const begin = performance.now();
  const options = publishOptions(words);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const { source: folder, bucket, dryRun, json, dotfiles, sourceMaps, ...rest } = options;
  const progress = bar();
  try {
    const source = folder === undefined ? undefined : folderSource(folder, { dotfiles, sourceMaps });
    const publishing = publishAll({ ...rest, bucket, dryRun, progress, source: source && (() => source) });
    const [outcome] = await Promise.all([publishing, source]); // a bad folder is told before any answer
    progress.end();
    const seconds = (performance.now() - begin) / 1000;
    if (outcome.leftOut.length > 0) console.error(leftOutLine(outcome.leftOut));
    if (dryRun && outcome.plan) console.log(planned(outcome));
    const { release, uploaded, skipped, deleted, bytes, invalidated } = outcome;
    const result = { release, uploaded, skipped, deleted, bytes, invalidated, seconds: Number(seconds.toFixed(2)) };
    console.log(json ? JSON.stringify(result) : summary(bucket, outcome, seconds, dryRun));
    return 0;
  } catch (error) {
    progress.end();
    throw error instanceof PublishError ? new ConfigError(error.message) : error;
  }
}
