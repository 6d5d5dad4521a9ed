/** Shows where a command is: each step with the seconds since the start and, while it takes long, the last line of its log. */
import { existsSync, readFileSync } from 'node:fs';

export interface Progress {
  /** Begins a step, and ends the one before. */
  step(text: string, logFile?: string): void;
  /** Ends the last step; what follows is printed by others. */
  end(): void;
}

const TICK_MS = 1000;
/** Where lines can't be drawn anew, one is printed this often. */
const REPORT_MS = 3000;
const WIDTH = 72;

const lastLine = (file: string | undefined) =>
  (file && existsSync(file) ? readFileSync(file, 'utf8') : '')
    .trimEnd()
    .split('\n')
    .at(-1)
    ?.replace(/\s+/g, ' ')
    .slice(0, WIDTH) ?? '';

export function progress(out: NodeJS.WriteStream = process.stdout): Progress {
  const begin = Date.now();
  let current: { text: string; first: string; logFile: string | undefined } | undefined;
  let reported = begin;
  const line = (text: string) => `${((Date.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${text}`;
  const long = () => (current ? [current.text, lastLine(current.logFile)].filter(Boolean).join(' … ') : '');
  const draw = (text: string) => out.write(`\r\x1b[K${text.slice(0, (out.columns || 80) - 1)}`);
  const tick = () => {
    if (!current) return;
    if (out.isTTY) draw(line(long()));
    else if (Date.now() - reported >= REPORT_MS) {
      reported = Date.now();
      out.write(`${line(`  ${long()}`)}\n`);
    }
  };
  const timer = setInterval(tick, TICK_MS);
  timer.unref();
  const finish = () => {
    if (current && out.isTTY) {
      draw(current.first);
      out.write('\n');
    }
    current = undefined;
  };
  return {
    step(text, logFile) {
      finish();
      current = { text, first: line(text), logFile };
      reported = Date.now();
      if (out.isTTY) draw(current.first);
      else out.write(`${current.first}\n`);
    },
    end() {
      clearInterval(timer);
      finish();
    },
  };
}
