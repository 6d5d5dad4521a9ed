/** A server of the local fleet, started by the emulator. */
import { startInstance } from '../lib/rehearsal/instance';

void startInstance(process.argv[2] ?? '');
