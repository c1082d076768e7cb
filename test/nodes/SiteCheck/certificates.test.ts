import { Authority } from '../../support/pki/certificates';
import { TlsServers } from '../../support/pki/servers';
import { runCheck as run } from './run-check';

const servers = new TlsServers();
const authority = new Authority('Test');
const ca = authority.root.pem;

afterAll(() => servers.close());

test('Check Certificates gives an item for each host, from a list or from sites', async () => {
	const good = await servers.tls([authority.leaf(), authority.intermediate]);
	const bad = await servers.tls([authority.leaf()]);
	const parameters = { operation: 'checkCertificates', hostsFrom: 'list', options: { ca, protocols: true } };
	const hosts = `localhost:${good}, https://localhost:${bad}/x\nlocalhost:${good}`;
	expect((await run({ ...parameters, hosts })).json('Check', 0)).toMatchObject([
		{ host: 'localhost', port: good, status: 'warning', findings: [{ code: 'old_protocol' }] },
		{ host: 'localhost', port: bad, status: 'critical', findings: [{ code: 'incomplete_chain' }, {}] },
	]);
	const sites = `{name: shop, checks: [{name: Page, type: http, url: "https://localhost:${good}/"}]}`;
	expect((await run({ ...parameters, hostsFrom: 'definition', sites })).json('Check', 0)).toMatchObject([
		{ host: 'localhost', port: good, trusted: true },
	]);
});

test('Check Target looks at one certificate', async () => {
	const port = await servers.tls([authority.leaf(), authority.intermediate]);
	const parameters = {
		operation: 'checkTarget',
		type: 'certificate',
		host: 'localhost',
		port,
		certificateOptions: { ca },
	};
	expect((await run(parameters)).json('Check', 0)).toMatchObject([
		{ status: 'ok', reason: 'ok', details: { daysLeft: 59.99 } },
	]);
});
