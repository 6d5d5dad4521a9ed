// Runs at the edge before the site's cache: leads visitors to the site's one name and one spelling of a path, and renders the
// page for the application's own paths, which are those without a file's ending.
const NAME = ''; // the public name, written here by synthesis; none where the site has CloudFront's
const MAINTENANCE = false; // switched in the function that runs by `npm run maintenance`; a deployment that changes it switches off
const CLOSED = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Maintenance</title>
<h1>We are working on it</h1>
<p>The site is closed for maintenance and opens again soon. Nothing of yours is lost.</p>
</html>
`;

function closed() {
  const headers = {
    'content-type': { value: 'text/html; charset=utf-8' },
    'cache-control': { value: 'no-store' },
    'retry-after': { value: '120' },
  };
  return {
    statusCode: 503,
    statusDescription: 'Service Unavailable',
    headers,
    body: { encoding: 'text', data: CLOSED },
  };
}

function queryOf(query) {
  const values = (name) => query[name].multiValue || [query[name]];
  const pairs = (name) => values(name).map((each) => `${name}=${each.value}`);
  const text = Object.keys(query).map((name) => pairs(name).join('&'));
  return text.length > 0 ? `?${text.join('&')}` : '';
}

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name
function handler(event) {
  const request = event.request;
  if (MAINTENANCE && request.uri !== '/health.txt') return closed(); // DNS would lead away from a site that isn't healthy
  // a browser takes \ for /, and what follows // for another site's name; /index.html is left alone, since CloudFront has put
  // it in the place of / already
  const path = request.uri.replace(/[/\\]{2,}/g, '/');
  // health is asked under CloudFront's name, and a redirect would pass for healthy
  const foreign = NAME !== '' && path !== '/health.txt' && /\.cloudfront\.net$/i.test(request.headers.host.value);
  if (foreign || path !== request.uri) {
    const location = `${foreign ? `https://${NAME}` : ''}${path}${queryOf(request.querystring)}`;
    const headers = { location: { value: location }, 'cache-control': { value: 'max-age=300' } };
    return { statusCode: 301, statusDescription: 'Moved Permanently', headers };
  }
  if (!path.slice(path.lastIndexOf('/') + 1).includes('.')) request.uri = '/index.html';
  return request;
}
