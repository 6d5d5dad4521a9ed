/** Rotates the secrets that sign cookies and tokens. Knows no server: each reads the secret again by itself. */
import { rotating } from '../rotation/steps';
import { signing } from './signing';

export const handler = rotating(signing);
