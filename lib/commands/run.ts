/** How every command of ours ends: its exit code, or a user's mistake as one message without a stack trace. */
import { ConfigError } from '../config/config-error';

export async function run(command: () => Promise<number>): Promise<void> {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'; // engines says which versions are tested
  try {
    process.exitCode = await command();
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exitCode = 1;
  }
}
