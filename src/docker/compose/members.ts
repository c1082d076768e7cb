import { z } from 'zod';

import type { Access } from '../access';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { inspectMany } from '../inspect-many';
import { managedContainer, type ManagedContainer } from '../managed';
import { asideSuffix, isUpdateTrial } from '../own-labels';
import { circlesAmong, startOrder } from '../start-order';
import { listedContainer, summarise, type ContainerSummary, type Health } from '../summary';
import type { ProjectDetails, ProjectSummary } from './result';

const label = 'com.docker.compose';
export const projectLabel = `${label}.project`;

/** Names as Docker Compose makes them; older versions allowed capitals. */
const projectName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Containers of one project, in the order of starting. */
export interface Members {
	name: string;
	containers: ManagedContainer[];
	/** Ids; those in one group need nothing of each other. */
	levels: string[][];
	details: ProjectDetails;
}

/** Everything the engine has of Compose projects, with how many of each are not covered. */
export async function listProjects(
	engine: Engine,
	access: Access,
	signal: AbortSignal | undefined,
): Promise<ProjectSummary[]> {
	const byProject = new Map<string, ContainerSummary[]>();
	for (const container of await partsOf(engine, access, projectLabel, signal)) {
		const name = container.project ?? '';
		byProject.set(name, [...(byProject.get(name) ?? []), container]);
	}
	return [...byProject]
		.map(([name, parts]) => {
			const covered = parts.filter((part) => access.covers(part.name));
			return { ...summaryOf(name, covered), notCovered: parts.length - covered.length };
		})
		.filter(({ containers }) => containers > 0)
		.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws DockerError `invalid_reference`, `not_found`; what the inspection of one of them throws */
export async function membersOf(
	engine: Engine,
	access: Access,
	reference: string,
	signal: AbortSignal | undefined,
): Promise<Members> {
	const name = reference.trim();
	if (!projectName.test(name)) {
		throw new DockerError(
			'invalid_reference',
			name === '' ? 'No Compose project is given.' : 'That cannot be the name of a Compose project.',
			'Give a name such as "shop"; letters, digits, "_", "." and "-" only.',
		);
	}
	const summary = (await listProjects(engine, access, signal)).find((project) => project.name === name);
	if (!summary) {
		throw new DockerError(
			'not_found',
			`There is no Compose project "${name}" among the containers that the credential covers.`,
			'Check the name with the operation Get Many. A project without containers cannot be seen: make them with "docker compose up".',
		);
	}
	const parts = await partsOf(engine, access, `${projectLabel}=${name}`, signal);
	const listed = parts.filter((part) => access.covers(part.name));
	const inspected = await inspectMany(
		engine,
		listed.map(({ id }) => id),
		{ signal },
	);
	const containers: ManagedContainer[] = [];
	for (const { id } of listed) {
		const found = inspected.get(id);
		if (found instanceof DockerError) throw found;
		// It may have another name by now.
		if (found && access.covers(found.Name)) containers.push(managedContainer(found));
	}
	return { name, containers, ...planOf(summary, containers) };
}

/**
 * Containers of all projects or of one, covered or not; without what was run once by hand and what an update tries.
 * @param wanted label, or label and value
 */
export async function partsOf(
	engine: Engine,
	access: Access,
	wanted: string,
	signal: AbortSignal | undefined,
): Promise<ContainerSummary[]> {
	access.requireAction('list');
	const query = { all: 'true', filters: JSON.stringify({ label: [wanted] }) };
	const listed = await engine.call({ path: '/containers/json', query, signal }, z.array(listedContainer));
	return listed.map(summarise).filter(isPart);
}

/** What was run once by hand, or what an update has beside the container for a while, is no part of it. */
function isPart({ name, labels }: ContainerSummary): boolean {
	const isOneOff = labels[`${label}.oneoff`]?.toLowerCase() === 'true';
	return !isOneOff && !isUpdateTrial(name, labels) && !name.endsWith(asideSuffix);
}

function summaryOf(name: string, parts: readonly ContainerSummary[]): Omit<ProjectSummary, 'notCovered'> {
	const running = parts.filter(({ state }) => ['running', 'restarting', 'paused'].includes(state)).length;
	return {
		name,
		state: running === 0 ? 'stopped' : running < parts.length ? 'partly running' : 'running',
		health: worst(parts.map(({ health }) => health)),
		services: [...new Set(parts.flatMap(({ service }) => service ?? []))].sort(),
		containers: parts.length,
		running,
		configFiles: parts[0]?.labels[`${label}.project.config_files`] ?? null,
	};
}

function planOf(
	summary: ProjectSummary,
	containers: ManagedContainer[],
): Pick<Members, 'levels' | 'details'> {
	const levels = startOrder(containers);
	const nameOf = (id: string): string => containers.find((container) => container.id === id)?.name ?? id;
	const needed = containers.flatMap(({ dependencies }) =>
		dependencies.flatMap(({ on }) => ('service' in on ? [on.service] : [])),
	);
	return {
		levels,
		details: {
			...summary,
			order: levels.map((level) => level.map(nameOf).sort()),
			circles: circlesAmong(containers).map((circle) => circle.map(nameOf).sort()),
			missing: [...new Set(needed)].filter((service) => !summary.services.includes(service)).sort(),
			members: containers.map(({ name, service, state, health, image, id }) => ({
				...{ name, service, state, health, image, id },
			})),
		},
	};
}

function worst(all: readonly Health[]): Health {
	const order: Health[] = ['unhealthy', 'starting', 'healthy'];
	return order.find((health) => all.includes(health)) ?? 'none';
}
