/** `npm run runbook`: which page it prints and what is filled in. */
import { runbook } from '../../lib/commands/runbook';

describe('npm run runbook', () => {
  let said = '';
  beforeEach(() => {
    said = '';
    jest.spyOn(console, 'log').mockImplementation((text) => {
      said += text;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  it("prints an alert's runbook with the environment's names", () => {
    expect(runbook(['DatabaseCpuHigh', '--env', 'prod'])).toBe(0);
    expect(said).toContain('# The database is busy');
    expect(said).toContain('aws rds describe-events --region eu-west-1');
    expect(said).toContain('--source-identifier holdfast-prod-data-primary');
    expect(said).toContain('Holdfast/prod/slow-sql');
  });

  it('adds the moves that the runbook leads to, and no others', () => {
    runbook(['LatencyHigh', '--env', 'prod']);
    expect(said.match(/^### .+$/gm)).toEqual(['### Roll back the backend', '### Add servers', '### Ask the database']);
  });

  it('takes the name of a page too', () => {
    runbook(['edge-errors', '--env', 'staging']);
    expect(said).toContain('curl -sv https://<DistributionDomainName>/');
  });

  it('lists every alert with its severity and page', () => {
    runbook([]);
    expect(said).toMatch(/^NoHealthyServer +critical +balancer-unhealthy$/m);
  });

  it.each([
    ['Nothing', "runbook: expected an alert or a runbook, got 'Nothing'; "],
    ['../on-call', "runbook: expected an alert or a runbook, got '../on-call'; "],
  ])('refuses %s and says how to see which there are', (name, message) => {
    expect(() => runbook([name])).toThrow(message);
  });

  it('refuses two names', () => {
    expect(() => runbook(['a', 'b'])).toThrow('runbook: expected one name, got a b');
  });
});
