/** Imported into a measured server: at SIGUSR2 collects garbage and writes what is left to the file that BENCH_MEMORY names. */
import { renameSync, writeFileSync } from 'node:fs';

const file = process.env.BENCH_MEMORY;
process.on('SIGUSR2', () => {
  globalThis.gc();
  writeFileSync(`${file}.new`, JSON.stringify(process.memoryUsage()));
  renameSync(`${file}.new`, file);
});
