import { mkdirSync, writeFileSync } from 'node:fs';
import type Docker from 'dockerode';

import type { BackupContext } from '../../../src/backup';
import type { Site, SiteInput } from '../../../src/shared';
import { imageTag } from '../../support/images/images';
import { site, until, useBackupStand, type BackupStand } from './engine-stand';

/** Ends at once when it is asked to, also while it is starting: no program can be so early that it misses this signal. */
export const obedient = { StopSignal: 'SIGKILL' };
/** Has to be killed. */
export const stubborn = ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1; done'];

/** An engine with containers that are paused and stopped; all of them are removed between two tests. */
export interface QuietStand extends BackupStand {
	/** Starts a container named `shop-…`. */
	run(name: string, options?: Docker.ContainerCreateOptions): Promise<Docker.Container>;
	/** `running`, `paused`, `exited` … of each. */
	states(...names: string[]): Promise<Record<string, string>>;
	/** The same while this process stands still. */
	statesAtOnce(...names: string[]): Record<string, string>;
	/** A site of one directory, with folders of its own. */
	site(more?: Partial<SiteInput>): Site;
	/** With a state folder, the same for all of a test. */
	context(more?: Partial<BackupContext>): BackupContext;
	stateFolder: string;
	/** Requests that change containers, e.g. `stop shop-web`, in the order they came. */
	actions(): Promise<string[]>;
}

export function useQuietStand(label: string): QuietStand {
	const stand = useBackupStand(label, ['tools']);
	const { context } = stand;
	const quiet = Object.create(stand, {}) as QuietStand;
	const ids = new Map<string, string>();
	Object.assign(quiet, {
		run: async (name: string, options: Docker.ContainerCreateOptions = {}) => {
			const container = await stand.engine.docker.createContainer({
				name,
				Image: imageTag('tools'),
				...(options.Cmd === undefined && { Cmd: ['sleep', '100000'], ...obedient }),
				...options,
			});
			ids.set(container.id, name);
			await container.start();
			if (options.Cmd === stubborn) {
				await until(`${name} is ready`, async () => (await stand.engine.cli('logs', name)) === 'ready');
			}
			return container;
		},
		states: async (...names: string[]) =>
			Object.fromEntries(
				await Promise.all(
					names.map(async (name) => {
						const { State } = await stand.engine.docker.getContainer(name).inspect();
						return [name, State.Status] as const;
					}),
				),
			),
		statesAtOnce: (...names: string[]) => {
			const found = stand.engine.cliAtOnce('inspect', '--format', '{{.State.Status}}', ...names).split('\n');
			return Object.fromEntries(names.map((name, index) => [name, found[index] ?? '']));
		},
		site: (more: Partial<SiteInput> = {}) => {
			const [source, backups] = [stand.folder(), stand.folder()];
			mkdirSync(`${source}/www`);
			writeFileSync(`${source}/www/index.html`, '<h1>shop</h1>');
			return site({
				backup: { directories: [{ name: 'www', path: `${source}/www` }] },
				destinations: [{ name: 'local', type: 'directory', path: backups }],
				...more,
			});
		},
		context: (more: Partial<BackupContext> = {}) => context({ stateFolder: quiet.stateFolder, ...more }),
		actions: () =>
			Promise.resolve(
				stand.proxy.requests.flatMap((request) => {
					const [, id = '', action = ''] =
						/^POST \S*\/containers\/([0-9a-f]{64})\/(start|stop|pause|unpause)\b/.exec(request) ?? [];
					return action === '' ? [] : [`${action} ${ids.get(id) ?? id}`];
				}),
			),
	});

	beforeEach(() => {
		quiet.stateFolder = stand.folder();
		stand.proxy.requests.length = 0;
	});

	afterEach(async () => {
		const { docker } = stand.engine;
		const all = await docker.listContainers({ all: true });
		await Promise.all(all.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
	});

	return quiet;
}
