import { z } from 'zod';

import { maskSecrets } from '../../shared';
import type { Access } from '../access';
import type { Engine } from '../engine';
import { findContainer } from '../find';
import { nameOf } from '../summary';
import { requireRunning } from './running';

const answer = z.object({
	Titles: z.array(z.string()),
	Processes: z
		.array(z.array(z.string()))
		.nullish()
		.transform((value) => value ?? []),
});

/** One process of a container, as the engine's host sees it. */
export interface ContainerProcess {
	/** On the host, not in the container. */
	pid: number | null;
	parentPid: number | null;
	/** Name or number on the host. */
	user: string | null;
	/** As `ps` writes it. */
	started: string | null;
	/** Time of the processor used, as `ps` writes it. */
	cpuTime: string | null;
	/** With its arguments; what looks like a secret is masked. */
	command: string | null;
}

export interface ProcessList {
	id: string;
	name: string;
	processes: ContainerProcess[];
	/** Titles and rows as the engine gives them, secrets masked. */
	raw: { titles: string[]; rows: string[][] };
}

/**
 * The processes of a running container (`docker top`).
 * @throws DockerError `not_running`, `not_permitted`, `not_found`
 */
export async function processesOf(
	engine: Engine,
	access: Access,
	reference: string,
	signal?: AbortSignal,
): Promise<ProcessList> {
	const container = await findContainer(engine, access, 'top', reference, signal);
	requireRunning(container, ['running', 'paused']);
	const { Titles, Processes } = await engine.call(
		{ path: `/containers/${container.Id}/top`, signal },
		answer,
	);
	const rows = Processes.map((row) => row.map(maskSecrets));
	return {
		id: container.Id,
		name: nameOf(container.Name),
		processes: rows.map((row) => {
			const field = (...titles: string[]): string | null =>
				row[Titles.findIndex((title) => titles.includes(title.toUpperCase()))] ?? null;
			return {
				pid: figure(field('PID')),
				parentPid: figure(field('PPID')),
				user: field('UID', 'USER'),
				started: field('STIME', 'START', 'STARTED', 'ELAPSED'),
				cpuTime: field('TIME'),
				command: field('CMD', 'COMMAND', 'ARGS'),
			};
		}),
		raw: { titles: Titles, rows },
	};
}

function figure(text: string | null): number | null {
	return text !== null && /^\d+$/.test(text) ? Number(text) : null;
}
