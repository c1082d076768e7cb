import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { restoreSite, verifySite, type BackupContext, type BackupError } from '../../../src/backup';
import { parseConnection } from '../../../src/docker';
import { parseSites, type Site, type SiteInput } from '../../../src/shared';
import { startEngine, type TestEngine } from '../../support/engine';
import { startEngineProxy, type EngineProxy } from '../../support/engine-proxy';
import { imageTag, loadHelperImage, loadImages, type ImageName } from '../../support/images/images';
import { Scope } from '../../support/scope';

/** An engine for backups, reached over TCP through a proxy, as most people do. */
export interface BackupStand {
	readonly scope: Scope;
	readonly engine: TestEngine;
	readonly proxy: EngineProxy;
	/** The fields of a credential that permits everything the tests need. */
	readonly credential: Record<string, unknown>;
	context(more?: Partial<BackupContext>): BackupContext;
	/** A new empty folder of the scope. */
	folder(): string;
	/** Makes a volume and returns the folder of its content. */
	volume(name: string, labels?: Record<string, string>): Promise<string>;
	/** Labels of the helper containers that are there. */
	helpers(): Promise<Record<string, string>[]>;
	/** Waits for those that are being removed right now; one that stays is an error. */
	noHelperIsLeft(): Promise<void>;
	/** Whoever looks at a container that is to end by itself is answered once it has ended. */
	tellOnceEnded(container: string, isToEnd: (state: { StartedAt: string }) => boolean): void;
}

/** Starts the stand for the tests of one file. */
export function useBackupStand(label: string, images: ImageName[]): BackupStand {
	let started: { scope: Scope; engine: TestEngine; proxy: EngineProxy } | undefined;
	const use = (): NonNullable<typeof started> => {
		if (!started) throw new Error('The stand is there only while tests run.');
		return started;
	};
	const stand: BackupStand = {
		get scope() {
			return use().scope;
		},
		get engine() {
			return use().engine;
		},
		get proxy() {
			return use().proxy;
		},
		get credential() {
			return {
				connectionType: 'tcp',
				host: use().proxy.host,
				port: use().proxy.port,
				accessLevel: 'full',
				allowedContainers: 'shop-*',
				allowedVolumes: 'shop_*',
				allowedHostPaths: use().scope.folder,
				timeoutSeconds: 60,
			};
		},
		context: (more = {}) => ({ docker: parseConnection(stand.credential), ...more }),
		folder: () => use().scope.emptyFolder(),
		async volume(name, labels = {}) {
			await stand.engine.docker.createVolume({ Name: name, Labels: labels });
			return stand.scope.path('engine', 'data', 'volumes', name, '_data');
		},
		async helpers() {
			const { docker } = stand.engine;
			const found = await docker.listContainers({ all: true, filters: { label: ['opsdesk.helper'] } });
			return found.map(({ Labels }) => Labels);
		},
		noHelperIsLeft: () =>
			until('no helper container is left', async () => (await stand.helpers()).length === 0),
		tellOnceEnded(name, isToEnd) {
			const container = use().engine.docker.getContainer(name);
			use().proxy.before = async ({ method, url = '' }) => {
				const [, asked] = /\/containers\/([^/]+)\/json/.exec(url) ?? [];
				if (method !== 'GET' || asked === undefined) return undefined;
				const { Id, State } = await container.inspect();
				if ([name, Id].includes(decodeURIComponent(asked)) && State.Running && isToEnd(State)) {
					await until(`${name} has ended`, async () => !(await container.inspect()).State.Running);
				}
				return undefined;
			};
		},
	};

	beforeAll(async () => {
		const scope = await Scope.open(label);
		const engine = await startEngine(scope);
		await loadImages(engine.docker, images);
		await loadHelperImage(engine.docker);
		started = { scope, engine, proxy: await startEngineProxy(engine.socketPath) };
	});

	afterAll(async () => {
		await started?.proxy.close();
		await started?.scope.close();
	});

	return stand;
}

/** Starts PostgreSQL in a container and waits until it answers. */
export async function startDatabase(
	{ engine }: BackupStand,
	name: string,
	database: string,
): Promise<(sql: string, at?: string) => Promise<string>> {
	const container = await engine.docker.createContainer({
		name,
		Image: imageTag('postgres'),
		Env: ['POSTGRES_PASSWORD=unused', `POSTGRES_DB=${database}`, 'POSTGRES_INITDB_ARGS=--no-sync'],
		// No power cut is tested here, and waiting for the disk would be most of the time.
		Cmd: ['-c', 'fsync=off'],
	});
	await container.start();
	const psql = (sql: string, at = database): Promise<string> =>
		engine.cli('exec', name, 'psql', '-X', '-U', 'postgres', '-d', at, '-Atqc', sql);
	for (let attempt = 0; ; attempt += 1) {
		try {
			// Over TCP: while the cluster is being made, the server listens on its socket alone.
			await engine.cli('exec', name, 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres');
			return psql;
		} catch (thrown) {
			if (attempt >= 600) throw thrown;
			await new Promise((resolve) => setTimeout(resolve, 200));
		}
	}
}

/** Everything the engine holds; volumes without a name are those of the databases that run. */
export async function everythingIn({ engine: { docker } }: BackupStand): Promise<unknown> {
	const containers = await docker.listContainers({ all: true });
	const { Volumes } = await docker.listVolumes();
	const { length } = await docker.listNetworks();
	return [containers.flatMap(({ Names }) => Names).sort(), Volumes.map(({ Name }) => Name).sort(), length];
}

/** A site as it may be written. */
export function site(input: Omit<SiteInput, 'name'> & { name?: string }): Site {
	const [parsed] = parseSites({ name: 'shop', ...input });
	if (!parsed) throw new Error('No site.');
	return parsed;
}

/** Names of everything below a folder. */
export const filesIn = (folder: string): string[] =>
	readdirSync(folder, { withFileTypes: true })
		// Links are not followed, as readdir by itself does.
		.flatMap((entry) => [
			entry.name,
			...(entry.isDirectory()
				? filesIn(join(folder, entry.name)).map((name) => `${entry.name}/${name}`)
				: []),
		])
		.sort();

export async function failureOf(attempt: Promise<unknown>): Promise<BackupError> {
	return (await attempt.then(
		() => {
			throw new Error('It was accepted.');
		},
		(thrown: unknown) => thrown,
	)) as BackupError;
}

/** Verifies and restores the newest restore point. */
export async function verifyAndRestore(
	of: Site,
	context: BackupContext,
	options: { to?: Record<string, string>; overwrite?: boolean; artefacts?: string[] } = {},
) {
	const verification = await verifySite(of, context, { restorePoint: 'latest' });
	if (!verification.ok) throw new Error(verification.message);
	return await restoreSite(of, context, { restorePoint: 'latest', ...options });
}

/** Waits until something is so; a wait without end would outlive every time limit of a test. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
	for (const endsAt = Date.now() + 120_000; !(await isSo());) {
		if (Date.now() > endsAt) throw new Error(`It never came to: ${what}.`);
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}
