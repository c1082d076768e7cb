import { parseConnection, prune, type PruneReport } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { startRegistry, type Registry } from '../../support/registry';
import { Scope } from '../../support/scope';
import { useImageStand } from './image-stand';

const { use, images } = useImageStand('prune-pull');
let scope: Scope;
let registry: Registry;

beforeAll(async () => {
	scope = await Scope.open('prune-pull-registry');
	registry = await startRegistry(scope);
});

afterAll(() => scope?.close());

test('DK-25: what a pull is bringing is not pruned away under it, and the pulled image works', async () => {
	const { docker, cli } = use.engine;
	const reference = `${registry.address}/shop/big:1`;
	const fill = 'for i in 1 2 3 4; do dd if=/dev/urandom of=/f$i bs=1M count=8 2>/dev/null; done';
	const maker = await docker.createContainer({ Image: imageTag('tools'), Cmd: ['sh', '-c', fill] });
	await maker.start();
	await maker.wait();
	await cli('commit', maker.id, reference);
	await maker.remove();
	await cli('push', '-q', reference);
	await docker.getImage(reference).remove();

	const { host, port } = use.proxy;
	const rights = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };
	const connection = parseConnection({ ...rights, connectionType: 'tcp', host, port });
	const reports: PruneReport[] = [];
	let pulling = true;
	const pull = images()
		.pull(reference)
		.finally(() => (pulling = false));
	do {
		reports.push(await prune(connection, { olderThanHours: 0, containers: false, networks: false }));
	} while (pulling);
	const pulled = await pull;
	expect(pulled).toMatchObject({ changed: true });
	expect(reports.flatMap(({ failed, removed }) => [...failed, ...removed])).toEqual([]);
	expect(await cli('run', '--rm', reference, 'ls', '/f4')).toBe('/f4');
});
