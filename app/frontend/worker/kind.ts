/** Which of a page's requests are the worker's, by method, mode and address. What is none of them never passes through it. */
export type Kind = 'page' | 'asset';

const BACKEND = /^\/(api|ws|health)(\/|$)/;

/** As at the edge: a path whose last part has a dot is a file, any other renders the page. */
const isPage = (path: string) => path === '/index.html' || !path.slice(path.lastIndexOf('/')).includes('.');

export function kindOf(
  { method, mode, url }: Pick<Request, 'method' | 'mode' | 'url'>,
  ourOrigin: string,
): Kind | undefined {
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== ourOrigin || BACKEND.test(pathname)) return undefined;
  if (pathname.startsWith('/assets/')) return 'asset';
  return mode === 'navigate' && isPage(pathname) ? 'page' : undefined;
}
