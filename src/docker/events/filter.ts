import { matchesGlob } from '../../shared';
import type { Access } from '../access';
import { helperLabel, throwawayLabel } from '../own-labels';
import type { DockerEvent, RawEvent } from './event';

/** All given conditions must hold; within one condition any of its values may. */
export interface EventFilter {
	/**
	 * What has happened, as `<type>:<action>` with `*` and `?`, e.g. `container:die`, `image:*`; with
	 * `container:health_status:unhealthy` only that outcome. Commands that are run in a container (health checks are,
	 * every few seconds) are told only when `container:exec_…` is named.
	 */
	events?: string[] | undefined;
	/** Names with `*` and `?`, e.g. `shop-*`. */
	names?: string[] | undefined;
	/** `key` or `key=value`; all must be present. Only containers have labels here. */
	labels?: string[] | undefined;
	/** Compose project. */
	project?: string | undefined;
	/** Of the ends of containers only those with another exit code than 0. */
	failuresOnly?: boolean | undefined;
}

export function fitsFilter(event: DockerEvent, filter: EventFilter): boolean {
	const { events, names, labels, project, failuresOnly } = filter;
	return (
		isAskedFor(event, events?.length ? events : ['*']) &&
		(!names?.length || names.some((pattern) => matchesGlob(pattern, event.name))) &&
		(labels ?? []).every((label) => hasLabel(event.labels, label)) &&
		(!project || event.project === project) &&
		!(failuresOnly && event.action === 'die' && event.exitCode === 0)
	);
}

function isAskedFor({ type, action, health }: DockerEvent, patterns: string[]): boolean {
	const names = [`${type}:${action}`, ...(health === null ? [] : [`${type}:${action}:${health}`])];
	const named = (pattern: string): boolean => !action.startsWith('exec_') || pattern.includes(':exec_');
	return patterns.some((pattern) => named(pattern) && names.some((name) => matchesGlob(pattern, name)));
}

function hasLabel(labels: Record<string, string>, wanted: string): boolean {
	const [key = '', ...value] = wanted.split('=');
	if (!Object.hasOwn(labels, key)) return false;
	return value.length === 0 || labels[key] === value.join('=');
}

const mostHelpers = 1000;

/**
 * What one credential may see of the events: things whose present name it covers. Left out like in every list are the
 * containers that this package makes for its own work, with what they do to networks and volumes.
 */
export class EventGate {
	private readonly helpers = new Set<string>();

	admits(access: Access, raw: RawEvent, { type, name, image, labels, id }: DockerEvent): boolean {
		switch (type) {
			case 'container':
				if (labels[helperLabel] === undefined && labels[throwawayLabel] === undefined) {
					return access.covers(name);
				}
				this.remember(id);
				return false;
			case 'image':
				return access.coversImage(name) || (image !== null && access.coversImage(image));
			case 'network':
				return !this.byHelper(raw) && access.coversNetwork(name);
			case 'volume':
				return !this.byHelper(raw) && access.coversVolume(name);
		}
	}

	private byHelper({ attributes }: RawEvent): boolean {
		return this.helpers.has(attributes['container'] ?? '');
	}

	private remember(id: string): void {
		this.helpers.add(id);
		const [oldest] = this.helpers;
		if (this.helpers.size > mostHelpers && oldest !== undefined) this.helpers.delete(oldest);
	}
}
