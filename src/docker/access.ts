import { matchesGlob } from '../shared';
import type { AccessLevel, EngineConnection } from './connection';
import { DockerError } from './errors';

/** Everything that can be done with an engine, with the lowest access level that permits it. */
const requiredLevel = {
	list: 'read',
	inspect: 'read',
	logs: 'read',
	stats: 'read',
	top: 'read',
	changes: 'read',
	wait: 'read',
	events: 'read',
	info: 'read',
	'disk usage': 'read',
	audit: 'read',
	'list images': 'read',
	'inspect image': 'read',
	'list volumes': 'read',
	'inspect volume': 'read',
	'list networks': 'read',
	'inspect network': 'read',
	start: 'control',
	stop: 'control',
	restart: 'control',
	pause: 'control',
	unpause: 'control',
	kill: 'control',
	heal: 'control',
	exec: 'full',
	helper: 'full',
	create: 'full',
	rename: 'full',
	'update limits': 'full',
	update: 'full',
	remove: 'full',
	'copy from': 'full',
	'copy to': 'full',
	'pull image': 'full',
	'tag image': 'full',
	'remove image': 'full',
	'create volume': 'full',
	'remove volume': 'full',
	'create network': 'full',
	'remove network': 'full',
	prune: 'full',
} as const satisfies Record<string, AccessLevel>;

export type ContainerAction = keyof typeof requiredLevel;

const rank: Record<AccessLevel, number> = { read: 0, control: 1, full: 2 };

/**
 * The rights of one credential: an access level and name patterns. It is asked below the operations, with the
 * name the engine gives for the very container that is acted on, so neither an id, a label nor a rename
 * between look-up and action leads around it.
 */
export class Access {
	constructor(
		private readonly connection: Pick<
			EngineConnection,
			| 'accessLevel'
			| 'allowedContainers'
			| 'allowedVolumes'
			| 'allowedNetworks'
			| 'allowedImages'
			| 'allowedHostPaths'
		>,
	) {}

	/** Whether the level permits the action at all. */
	permits(action: ContainerAction): boolean {
		return rank[this.connection.accessLevel] >= rank[requiredLevel[action]];
	}

	/** Whether a container of this name (with or without leading slash) may be touched or shown. */
	covers(containerName: string): boolean {
		const name = containerName.replace(/^\//, '');
		return this.connection.allowedContainers.some((pattern) => matchesGlob(pattern, name));
	}

	/** @throws DockerError `not_permitted` */
	requireAction(action: ContainerAction): void {
		if (this.permits(action)) return;
		throw new DockerError(
			'not_permitted',
			`The Docker credential does not permit "${action}": its access level is "${this.connection.accessLevel}".`,
			`Set "Access Level" of the credential to "${requiredLevel[action]}" if this workflow may do so.`,
		);
	}

	/**
	 * @param asked what the caller gave for it, e.g. an id: a name that is not covered is not told
	 * @throws DockerError `not_permitted`
	 */
	requireContainer(containerName: string, asked = containerName): void {
		if (this.covers(containerName)) return;
		const shown = asked.replace(/^\//, '');
		throw new DockerError(
			'not_permitted',
			this.covers(asked)
				? `The container "${shown}" has another name by now, which the Docker credential does not cover.`
				: `The Docker credential does not cover the container "${shown}".`,
			`It covers: ${this.describeNames()}. Add the name to "Allowed Containers" of the credential if it should.`,
		);
	}

	/** @throws DockerError `not_permitted` */
	requireVolume(name: string): void {
		if (this.coversVolume(name)) return;
		throw notCovered('volume', name, 'Volumes', this.connection.allowedVolumes);
	}

	/** Whether a volume of this name may be touched or shown. */
	coversVolume(name: string): boolean {
		return this.connection.allowedVolumes.some((pattern) => matchesGlob(pattern, name));
	}

	/** @param asked as for `requireContainer` @throws DockerError `not_permitted` */
	requireNetwork(name: string, asked = name): void {
		if (this.coversNetwork(name)) return;
		throw notCovered('network', asked, 'Networks', this.connection.allowedNetworks);
	}

	/** Whether a network of this name may be touched or shown. */
	coversNetwork(name: string): boolean {
		return this.connection.allowedNetworks.some((pattern) => matchesGlob(pattern, name));
	}

	/**
	 * @param name as the engine shows it, e.g. `postgres:15`
	 * @param asked as for `requireContainer`
	 * @throws DockerError `not_permitted`
	 */
	requireImage(name: string, asked = name): void {
		if (this.coversImage(name)) return;
		throw notCovered('image', asked, 'Images', this.connection.allowedImages);
	}

	/** Whether an image of this name, with or without its tag, may be touched or shown. */
	coversImage(name: string): boolean {
		return this.connection.allowedImages.some((pattern) => matchesGlob(pattern, name));
	}

	/**
	 * The allowed folder that covers a path. Of several it is the uppermost: nobody but the one who wrote the
	 * credential can have put a link on the way to it.
	 *
	 * @throws DockerError `not_permitted` unless the path is one of the allowed folders or lies in one
	 */
	requireHostPath(path: string): string {
		const { allowedHostPaths } = this.connection;
		const [folder] = allowedHostPaths
			.filter((allowed) => path === allowed || path.startsWith(allowed === '/' ? '/' : `${allowed}/`))
			.sort((a, b) => a.length - b.length);
		if (folder !== undefined && !path.split('/').includes('..')) return folder;
		throw new DockerError(
			'not_permitted',
			`The Docker credential does not cover the host path "${path}".`,
			`It covers: ${allowedHostPaths.join(', ') || 'none'}. Add the folder to "Allowed Host Paths" of the credential if it should.`,
		);
	}

	describeNames(): string {
		return this.connection.allowedContainers.join(', ');
	}
}

function notCovered(what: string, name: string, field: string, allowed: readonly string[]): DockerError {
	return new DockerError(
		'not_permitted',
		`The Docker credential does not cover the ${what} "${name}".`,
		`It covers: ${allowed.join(', ') || 'none'}. Add the name to "Allowed ${field}" of the credential if it should.`,
	);
}
