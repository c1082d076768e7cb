import { containersInUse } from '../../../../src/backup';
import { newHolder } from '../../../../src/backup/lock-holder';
import { FileStateStore } from '../../../../src/shared';
import { Scope } from '../../../support/scope';

let scope: Scope;
beforeAll(async () => {
	scope = await Scope.open('holds');
});
afterAll(() => scope?.close());

const now = new Date('2026-11-22T02:00:00.000Z');

function run(name: string, change: object = {}) {
	const container = (id: string, closed: boolean) => {
		const rest = { level: 0, awaitHealthy: false, graceSeconds: 10, settled: true };
		return { id, name: `shop-${id}`, action: 'stop', ...rest, closed };
	};
	return {
		...{ site: 'shop', run: name, engine: 'unix:///var/run/docker.sock', holder: newHolder(name, now) },
		...{ since: now.toISOString(), aliveAt: now.toISOString(), left: false, after: [] },
		containers: [container(`${name}-web`, false), container(`${name}-done`, true)],
		...change,
	};
}

test('DK-17 containers of runs at work are held; those of runs that have ended or were killed are not', async () => {
	const stateFolder = scope.emptyFolder();
	const killed = { holder: { ...newHolder('killed', now), pid: 2 ** 22 + 1 } };
	const runs = [run('alive'), run('left', { left: true }), run('killed', killed)];
	await new FileStateStore(stateFolder).compareAndSet('backup/quiet-containers', undefined, {
		version: 1,
		runs,
	});
	expect(await containersInUse({ stateFolder, now: () => now })).toEqual([
		{
			id: 'alive-web',
			name: 'shop-alive-web',
			reason: 'a backup or restore of "shop" has it stopped since 2026-11-22T02:00:00.000Z',
		},
	]);
	expect(await containersInUse({ stateFolder: scope.emptyFolder() })).toEqual([]);
});
