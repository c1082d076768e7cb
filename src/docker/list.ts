import { z } from 'zod';

import { matchesGlob } from '../shared';
import type { Access } from './access';
import type { Engine } from './engine';
import { helperLabel, isUpdateTrial, throwawayLabel } from './own-labels';
import {
	listedContainer,
	summarise,
	type ContainerSummary,
	type Health,
	type ListedContainer,
} from './summary';

/** All given conditions must hold; within one condition any of its values may. */
export interface ContainerFilter {
	/** Name with `*` and `?`, e.g. `shop-*`. */
	name?: string | undefined;
	/** `key` or `key=value`; all must be present. */
	labels?: string[] | undefined;
	project?: string | undefined;
	states?: string[] | undefined;
	health?: Health[] | undefined;
}

/**
 * All containers, running or not, that the rights cover and the filter fits; sorted by name, in the engine's own shape. Those
 * that this package makes for its own work are left out unless the filter asks for their label.
 *
 * @throws DockerError `not_permitted`
 */
export async function listContainers(
	engine: Engine,
	access: Access,
	filter: ContainerFilter = {},
	signal?: AbortSignal,
): Promise<ListedContainer[]> {
	access.requireAction('list');
	const query = { all: 'true', filters: JSON.stringify(engineFilters(filter)) };
	const answer = await engine.call({ path: '/containers/json', query, signal }, z.array(listedContainer));
	return answer
		.map((container) => ({ container, summary: summarise(container) }))
		.filter(({ summary }) => access.covers(summary.name))
		.filter(({ summary }) => !isOwnWork(summary) || asksForOwnWork(filter))
		.filter(({ summary }) => !filter.name || matchesGlob(filter.name, summary.name))
		.filter(({ summary }) => !filter.health?.length || filter.health.includes(summary.health))
		.sort((a, b) => (a.summary.name < b.summary.name ? -1 : 1))
		.map(({ container }) => container);
}

/** What the engine can filter itself; names and missing health checks are left to us. */
function engineFilters(filter: ContainerFilter): Record<string, string[]> {
	const labels = [
		...(filter.labels ?? []),
		...(filter.project ? [`com.docker.compose.project=${filter.project}`] : []),
	];
	return {
		...(labels.length > 0 && { label: labels }),
		...(filter.states?.length && { status: filter.states }),
	};
}

const ownLabels = [helperLabel, throwawayLabel];

function isOwnWork({ name, labels }: ContainerSummary): boolean {
	return ownLabels.some((label) => labels[label] !== undefined) || isUpdateTrial(name, labels);
}

function asksForOwnWork({ labels = [] }: ContainerFilter): boolean {
	return labels.some((label) => ownLabels.some((own) => label === own || label.startsWith(`${own}=`)));
}
