/** What a container is called and what has to run before it, for the order of starting. */
export interface Dependent {
	id: string;
	name: string;
	project: string | null;
	service: string | null;
	dependencies: readonly { on: { service: string } | { container: string }; healthy: boolean }[];
}

/**
 * The order of starting: containers of one level need nothing of each other, only of lower levels. Stopping goes the
 * other way. What stands in a circle has no order and shares the level after everything the circle needs.
 *
 * @returns ids by level
 */
export function startOrder(containers: readonly Dependent[]): string[][] {
	const needs = new Map(containers.map((container) => [container.id, needsOf(container, containers)]));
	const levels: string[][] = [];
	let left = containers.map(({ id }) => id);
	while (left.length > 0) {
		const free = left.filter((id) => ![...(needs.get(id) ?? [])].some((need) => left.includes(need)));
		const level = free.length > 0 ? free : circle(left, needs);
		levels.push(level);
		left = left.filter((id) => !level.includes(id));
	}
	return levels;
}

/** The ids of those that have to be healthy before another one of them starts. */
export function awaitedHealthy(containers: readonly Dependent[]): Set<string> {
	return new Set(
		containers.flatMap((container) =>
			container.dependencies
				.filter(({ healthy }) => healthy)
				.flatMap(({ on }) => containers.filter((other) => isMeant(on, container, other)))
				.map(({ id }) => id),
		),
	);
}

/** Ids of containers that need each other, circle by circle: no order can be right for them. */
export function circlesAmong(containers: readonly Dependent[]): string[][] {
	const needs = new Map(containers.map((container) => [container.id, needsOf(container, containers)]));
	const all = [...needs.keys()];
	const reached = new Map(all.map((id) => [id, reachable(id, all, needs)]));
	const circles: string[][] = [];
	for (const id of all) {
		if (!reached.get(id)?.has(id) || circles.some((known) => known.includes(id))) continue;
		circles.push(all.filter((other) => reached.get(id)?.has(other) && reached.get(other)?.has(id)));
	}
	return circles;
}

function needsOf(container: Dependent, all: readonly Dependent[]): Set<string> {
	const needed = container.dependencies.flatMap(({ on }) =>
		all.filter((other) => isMeant(on, container, other)),
	);
	return new Set(needed.map(({ id }) => id).filter((id) => id !== container.id));
}

function isMeant(on: Dependent['dependencies'][number]['on'], by: Dependent, other: Dependent): boolean {
	if ('service' in on)
		return by.project !== null && other.project === by.project && other.service === on.service;
	return (
		other.name === on.container || (/^[0-9a-f]{12,}$/.test(on.container) && other.id.startsWith(on.container))
	);
}

/** Those among `left` that lead back to themselves, of several circles one that needs no other. */
function circle(left: string[], needs: ReadonlyMap<string, Set<string>>): string[] {
	const circles = left
		.map((id) => ({ id, reached: reachable(id, left, needs) }))
		.filter(({ id, reached }) => reached.has(id));
	const smallest = Math.min(...circles.map(({ reached }) => reached.size));
	const first = circles.find(({ reached }) => reached.size === smallest)?.reached;
	return left.filter((id) => first?.has(id));
}

function reachable(from: string, left: string[], needs: ReadonlyMap<string, Set<string>>): Set<string> {
	const found = new Set<string>();
	const open = [from];
	for (let id = open.pop(); id !== undefined; id = open.pop()) {
		for (const need of needs.get(id) ?? []) {
			if (!left.includes(need) || found.has(need)) continue;
			found.add(need);
			open.push(need);
		}
	}
	return found;
}
