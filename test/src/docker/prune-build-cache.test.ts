import { parseConnection, prune } from '../../../src/docker';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('build-cache', ['tools']);

/** The client here has no BuildKit, so the engine's answers about it stand for a build: two steps, one of them in use. */
const record = (ID: string, more: object = {}) => ({
	ID,
	Type: 'regular',
	Description: `step ${ID}`,
	InUse: false,
	Shared: false,
	Size: 1000,
	CreatedAt: '2024-01-01T00:00:00Z',
	...more,
});
const records = [
	record('base'),
	record('child'),
	record('used', { InUse: true }),
	record('shared', { Shared: true }),
];

async function pruned(rights: object, dryRun: boolean) {
	const left = [...records];
	use.proxy.before = ({ url = '' }) => {
		if (url.includes('/system/df')) return answer({ BuildCache: left });
		if (!url.includes('/build/prune')) return Promise.resolve(undefined);
		const filters = new URL(url, 'http://engine').searchParams.get('filters') ?? '';
		const { id: [id = ''] = [] } = JSON.parse(filters) as { id?: string[] };
		// As the engine does: one on which another is built stays.
		if (id === 'base' && left.some(({ ID }) => ID === 'child')) return answer({ CachesDeleted: null });
		left.splice(
			left.findIndex(({ ID }) => ID === id),
			1,
		);
		return answer({ CachesDeleted: [id], SpaceReclaimed: 1000 });
	};
	const { host, port } = use.proxy;
	const usual = { accessLevel: 'full', allowedContainers: '*', ...rights };
	const connection = parseConnection({ ...usual, connectionType: 'tcp', host, port });
	return await prune(connection, { olderThanHours: 0 }, { dryRun });
}

const answer = (body: object) => Promise.resolve({ status: 200, body: JSON.stringify(body) });

test('build cache goes record by record, each by its id; what a build uses stays', async () => {
	const dry = await pruned({}, true);
	expect(use.actionsSent()).toEqual([]);
	expect(dry).toMatchObject({ changed: true, freedBytes: 2000 });
	const real = await pruned({}, false);
	const ids = ({ removed }: typeof dry) => removed.map(({ id }) => id).sort();
	expect(ids(dry)).toEqual(['base', 'child', 'shared']);
	expect(ids(real)).toEqual(ids(dry));
	expect(real.skipped).toEqual([]);
	expect(use.actionsSent().every((line) => line.includes('filters={"id":["'))).toBe(true);
});

test('build cache has no name: it goes only where the credential covers all images', async () => {
	expect((await pruned({ allowedImages: 'shop/*' }, false)).removed).toEqual([]);
	expect(use.actionsSent()).toEqual([]);
});
