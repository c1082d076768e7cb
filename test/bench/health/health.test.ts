import type { OwnNetwork } from '../../support/own-network';
import { Scope } from '../../support/scope';
import { ask, startNetwork } from '.';

let scope: Scope;
let network: OwnNetwork;

beforeAll(async () => {
	scope = await Scope.open('bench-health');
	network = await startNetwork(scope);
});

afterAll(async () => {
	await network?.end();
	await scope?.close();
});

test('HC-15: a run over 50 pages of which 10 are on dead hosts ends in time, asks each page once and is one message', async () => {
	const run = await ask(network, { by: 'product', folder: scope.emptyFolder(), pages: 50, dead: 10 });
	expect(run).toMatchObject({ well: 40, failing: 10, alerts: 1, requestsPerPage: 1 });
	expect(run.seconds).toBeLessThan(30);
	expect(run.mostOpen).toBeLessThanOrEqual(50);
});

test('a run over many pages asks no more than 50 at the same time, and the peer asks the same pages', async () => {
	const many = { pages: 200, dead: 40, timeoutSeconds: 2 };
	const run = await ask(network, { ...many, by: 'product', folder: scope.emptyFolder() });
	expect(run).toMatchObject({ well: 160, failing: 40, requestsPerPage: 1 });
	expect(run.mostOpen).toBeLessThanOrEqual(50);
	expect(run.peakBytes).toBeGreaterThan(run.beforeBytes);
	const peer = await ask(network, { ...many, by: 'curl', folder: scope.emptyFolder() });
	expect(peer).toMatchObject({ requestsPerPage: 1 });
});
