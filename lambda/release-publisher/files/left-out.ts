/** What of a folder is not published: what must not be public, and what nobody asked for. */

export interface Choice {
  /** Publish files and folders that begin with a dot; those that are never public stay out. @default false */
  readonly dotfiles?: boolean;
  /** Publish source maps, and so the sources. @default false */
  readonly sourceMaps?: boolean;
}

/** Secrets, histories, packages, and what editors and systems leave behind. */
const NEVER =
  /^(?:\.env.*|\.git|\.svn|\.hg|\.aws|\.ssh|\.npmrc|\.netrc|\.releases|node_modules|\.idea|\.vscode|\.DS_Store|\.AppleDouble|\._.*|__MACOSX|Thumbs\.db|ehthumbs\.db|desktop\.ini|\.#.*|#.+#|.+~|\..*\.sw[a-p])$/i;

/** @param name of a file or folder, without the path to it */
export function isLeftOut(name: string, { dotfiles = false, sourceMaps = false }: Choice): boolean {
  if (NEVER.test(name)) return true;
  if (name.startsWith('.') && name !== '.well-known') return !dotfiles;
  return !sourceMaps && /\.(?:m?js|css)\.map$/.test(name);
}
