/** What configuration says of values that can't be used. */
import { checked } from '../../lib/config/check';

/** Its whole text; empty for what passes. */
export const faults = (value: unknown): string => {
  try {
    checked(value, 'lib/config/x.ts');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
