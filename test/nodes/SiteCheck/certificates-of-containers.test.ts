import { imageTag } from '../../support/images/images';
import { Authority } from '../../support/pki/certificates';
import { TlsServers } from '../../support/pki/servers';
import { useProxiedEngine } from '../../support/proxied-engine';
import { runCheck } from './run-check';

const stand = useProxiedEngine('check-hosts', ['tools']);
const servers = new TlsServers();
const authority = new Authority('Test');

afterAll(() => servers.close());

test('Check Certificates finds the hosts of containers by what their proxy reads, and no other variable is shown', async () => {
	const serve = () => servers.tls([authority.leaf(), authority.intermediate]);
	const [caddy, traefik, nginx, ended] = [await serve(), await serve(), await serve(), await serve()];
	const start = async (name: string, options: object) => {
		const Image = imageTag('tools');
		const container = await stand.engine.docker.createContainer({
			...{ name, Image, Cmd: ['sleep', '600'] },
			...options,
		});
		await container.start();
		return container;
	};
	await start('one', { Labels: { caddy: `localhost:${caddy}` } });
	await start('two', { Labels: { 'traefik.http.routers.a.rule': `Host(\`localhost:${traefik}\`)` } });
	await start('three', { Env: [`VIRTUAL_HOST=localhost:${nginx}`, 'PASSWORD=pass=word-1'] });
	await (await start('four', { Env: [`VIRTUAL_HOST=localhost:${ended}`] })).stop({ t: 0 });
	const run = await runCheck(
		{
			...{ operation: 'checkCertificates', hostsFrom: 'containers' },
			options: { ca: authority.root.pem },
		},
		{
			credentials: {
				dockerApi: {
					...{ connectionType: 'socket', socketPath: stand.engine.socketPath, accessLevel: 'read' },
					...{ allowedContainers: '*', timeoutSeconds: 15 },
				},
			},
		},
	);
	expect(run.error).toBeUndefined();
	const found = run.json('Check', 0);
	expect(found.map(({ host, port, status }) => [host, port, status]).toSorted()).toEqual(
		[caddy, traefik, nginx].toSorted().map((port) => ['localhost', port, 'ok']),
	);
	expect(JSON.stringify(found)).not.toContain('word-1');
});
