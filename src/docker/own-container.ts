import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';

import type { Engine } from './engine';
import { DockerError } from './errors';
import { inspectContainer } from './find';
import type { InspectedContainer } from './summary';

/** What a process can find out about the container it runs in. */
export interface OwnTraces {
	/** `/proc/self/mountinfo` */
	mountinfo: string;
	/** `/proc/self/cgroup` */
	cgroup: string;
	hostname: string;
	/** Whether the process runs in a container at all. */
	inContainer: boolean;
}

export function ownTraces(): OwnTraces {
	const [mountinfo, cgroup] = [read('/proc/self/mountinfo'), read('/proc/self/cgroup')];
	const marks = ['/.dockerenv', '/run/.containerenv'];
	const inContainer = marks.some((path) => existsSync(path)) || idIn({ mountinfo, cgroup }) !== undefined;
	return { mountinfo, cgroup, hostname: hostname(), inContainer };
}

/**
 * The full id of the own container. The engine mounts three files of the container's own folder into it, whatever the
 * version of control groups; those name it where the control group does not.
 */
export function idIn({ mountinfo, cgroup }: Pick<OwnTraces, 'mountinfo' | 'cgroup'>): string | undefined {
	for (const line of mountinfo.split('\n')) {
		const [, , , root = '', mountPoint = ''] = line.split(' ');
		// On the host itself, the folders of all containers are mounted somewhere: only these places tell.
		if (!/^\/etc\/(hostname|hosts|resolv\.conf)$/.test(mountPoint)) continue;
		const id = /\/([0-9a-f]{64})\/(?:userdata\/)?(?:hostname|hosts|resolv\.conf)$/.exec(root)?.[1];
		if (id !== undefined) return id;
	}
	return /(?:^|[/-])([0-9a-f]{64})(?:\.scope)?$/m.exec(cgroup)?.[1];
}

/**
 * The own container as the engine describes it. Rights are not asked for: nobody is shown it.
 * @returns undefined outside of a container, and where it runs under another engine than the one that is worked with
 */
export async function ownContainer(
	engine: Engine,
	traces: OwnTraces,
	signal?: AbortSignal,
): Promise<InspectedContainer | undefined> {
	const id = idIn(traces);
	if (id === undefined) return undefined;
	try {
		return await inspectContainer(engine, id, signal);
	} catch (thrown) {
		if (thrown instanceof DockerError && ['not_found', 'proxy_refused'].includes(thrown.code))
			return undefined;
		throw thrown;
	}
}

function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
