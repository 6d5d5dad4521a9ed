// Runs at the edge before the site's cache: leads visitors to the site's one name and one spelling of a path, and renders the
// page for the application's own paths, which are those without a file's ending.
const NAME = ''; // the public name, written here by synthesis; none where the site has CloudFront's

function queryOf(query) {
  const values = (name) => query[name].multiValue || [query[name]];
  const pairs = (name) => values(name).map((each) => `${name}=${each.value}`);
  const text = Object.keys(query).map((name) => pairs(name).join('&'));
  return text.length > 0 ? `?${text.join('&')}` : '';
}

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name
function handler(event) {
  const request = event.request;
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
