import { isDeepStrictEqual } from 'node:util';

import {
	checksSchema,
	describeFaults,
	engineSchema,
	intervalMs,
	maintenanceSchema,
	parseInput,
	parseText,
	type Check,
	type CheckType,
	type CheckedSite,
	type MaintenanceWindow,
} from '../../shared';
import type { AlertPolicy } from '../alert';
import { CheckError } from '../errors';

/** One check with all that belongs to it. */
export interface Target {
	/** Unique in its set: the name of the site and of the check, or of the check alone. */
	key: string;
	site: string | null;
	/** Who is to be told of the site. */
	owner: string | null;
	check: Check;
	policy: AlertPolicy;
	/** In maintenance while one window of each of these lists lasts. */
	maintenance: readonly (readonly MaintenanceWindow[])[];
	/** Keys of the checks without which this one cannot succeed. */
	parents: readonly string[];
}

/** What is judged: a target, or the set of all of them. */
export interface JudgedTarget extends Omit<Target, 'check'> {
	check: Pick<Check, 'name' | 'severity'> & { type: CheckType | 'set' };
}

/**
 * Reads a list of checks from YAML or JSON text, or from the same as plain values.
 *
 * @throws CheckError `invalid_input` naming each field; SiteError `site_syntax`, `site_too_large` for a text that is none
 */
export async function readChecks(input: unknown): Promise<Check[]> {
	if (typeof input !== 'string') return parseChecks(input);
	return parseChecks((await parseText(input, undefined, 'The list of checks')).value);
}

/**
 * `readChecks` for plain values, at once.
 *
 * @throws CheckError `invalid_input` naming each field
 */
export function parseChecks(input: unknown): Check[] {
	const parsed = parseInput(checksSchema, input);
	if (!parsed.ok) {
		throw new CheckError(
			'invalid_input',
			`The list of checks has faults: ${describeFaults(parsed.faults)}.`,
			'Correct these fields; docs/checks.md describes every field and has examples.',
		);
	}
	if (parsed.value.length > 0) return parsed.value;
	throw new CheckError(
		'invalid_input',
		'The list of checks is empty, so there is nothing to look at.',
		'Add a check; docs/checks.md has examples to start from.',
	);
}

export interface Definitions {
	/** Checks that belong to no site. */
	checks?: readonly Check[] | undefined;
	sites?: readonly CheckedSite[] | undefined;
	/** Sites that checks of backups in the list look at: who is to be told of a site is told of its backups. */
	backedUp?: readonly Pick<CheckedSite, 'name' | 'owner'>[] | undefined;
	/** Of the checks that belong to no site. */
	maintenance?: readonly MaintenanceWindow[] | undefined;
}

/**
 * The targets of checks and sites. A check may depend on one of its own site, or, by `site/check`, on one of another. What
 * stands there twice alike is one.
 *
 * @throws CheckError `invalid_input` for two different checks of one name, for parents that do not exist or stand in a
 *   circle, and when there is no check at all
 */
export function targetsOf(definitions: Definitions): Target[] {
	const { targets, faults } = soundTargetsOf(definitions);
	const [fault] = faults;
	if (fault !== undefined) throw fault.error;
	return targets;
}

/** Why checks are not made. */
export interface TargetFault {
	/** Of the checks that are left out. */
	keys: string[];
	error: CheckError;
}

/**
 * `targetsOf` without the checks that have a fault, so that one keeps no other from being made. What depends on one of these
 * is checked all the same.
 *
 * @throws CheckError `invalid_input` when there is no check at all
 */
export function soundTargetsOf({ checks = [], sites = [], backedUp = [], maintenance = [] }: Definitions): {
	/** Parents first. */
	targets: Target[];
	faults: TargetFault[];
} {
	const ownerOf = (check: Check): string | null => {
		const site = check.type === 'backup' ? backedUp.find(({ name }) => name === check.site) : undefined;
		return site?.owner ?? null;
	};
	const targets = [
		...checks.map((check) => targetOf(check, null, ownerOf(check), maintenance)),
		...sites.flatMap((site) =>
			site.checks.map((check) => targetOf(check, site.name, site.owner ?? null, site.maintenance)),
		),
	];
	const faults: TargetFault[] = [];
	if (targets.length > 0) return { targets: inOrder(unique(targets, faults), faults), faults };
	throw new CheckError(
		'invalid_input',
		'No site of the definition has checks, so there is nothing to look at.',
		'Add `checks:` to a site; docs/checks.md has examples to start from.',
	);
}

/** `targetsOf` of checks alone. */
export function targetsOfChecks(
	checks: readonly Check[],
	maintenance: readonly MaintenanceWindow[] = [],
): Target[] {
	return targetsOf({ checks, maintenance });
}

const faultOf = (keys: string[], message: string, remedy: string): TargetFault => ({
	keys,
	error: new CheckError('invalid_input', message, remedy),
});

/** Which of two is meant nobody can know, so that neither is checked. */
function unique(targets: readonly Target[], faults: TargetFault[]): Target[] {
	const known = new Map<string, Target>();
	const double = new Set<string>();
	for (const target of targets) {
		const other = known.get(target.key);
		if (other === undefined) known.set(target.key, target);
		else if (!isDeepStrictEqual(other, target)) double.add(target.key);
	}
	for (const key of double) {
		known.delete(key);
		const remedy = 'Give each its own name: what is remembered of them is kept under it.';
		faults.push(faultOf([key], `There are two different checks called "${key}".`, remedy));
	}
	return [...known.values()];
}

function targetOf(
	check: Check,
	site: string | null,
	owner: string | null,
	maintenance: readonly MaintenanceWindow[],
): Target {
	const { failures, outOf, recoveries, for: lasts, reminder, flapping } = check.alert;
	return {
		key: site === null ? check.name : `${site}/${check.name}`,
		...{ site, owner, maintenance: [maintenance] },
		// The backups are those of the site in which the check stands, unless it says another.
		check: check.type === 'backup' ? { ...check, site: check.site ?? site ?? undefined } : check,
		policy: {
			...{ failures, recoveries, flapping },
			// A host that is away for a moment says nothing of its certificate.
			...(check.type === 'certificate' && { unknowns: Math.max(3, failures) }),
			outOf: outOf ?? null,
			forMs: lasts === undefined ? 0 : intervalMs(lasts),
			reminderMs: reminder === 'never' ? null : intervalMs(reminder),
		},
		parents: check.dependsOn,
	};
}

/** Parents first. */
function inOrder(given: readonly Target[], faults: TargetFault[]): Target[] {
	const leftOut = new Set(faults.flatMap(({ keys }) => keys));
	const all = withEngine(given);
	const names = new Set([...all.map(({ key }) => key), ...leftOut]);
	const withParents: Target[] = [];
	for (const target of all) {
		const parents = target.parents.map((name) => [name, parentOf(target, name, names)] as const);
		const missing = parents.find(([, key]) => key === undefined);
		if (missing === undefined) {
			withParents.push({ ...target, parents: parents.flatMap(([, key]) => key ?? []) });
			continue;
		}
		leftOut.add(target.key);
		const message = `The check "${target.key}" depends on "${missing[0]}", and there is no check of this name.`;
		const remedy = 'Correct the name under `dependsOn`, or add that check to the list.';
		faults.push(faultOf([target.key], message, remedy));
	}
	const done = new Map<string, Target>();
	const isDone = (key: string): boolean => done.has(key) || leftOut.has(key);
	let waiting = withParents;
	while (waiting.length > 0) {
		const next = waiting.filter(({ parents }) => parents.every(isDone));
		for (const target of next) {
			const parents = target.parents.filter((key) => !leftOut.has(key));
			done.set(target.key, { ...target, parents });
		}
		if (next.length === 0) {
			const keys = circleOf(waiting);
			const circle = keys.map((key) => `"${key}"`).join(', ');
			const message = `These checks depend on each other in a circle: ${circle}.`;
			faults.push(faultOf(keys, message, 'Remove one of the names under `dependsOn`.'));
			for (const key of keys) leftOut.add(key);
		}
		waiting = waiting.filter(({ key }) => !isDone(key));
	}
	return [...done.values()];
}

/** Without those that only depend on one in a circle. */
function circleOf(waiting: readonly Target[]): string[] {
	let left = waiting;
	for (;;) {
		const needed = new Set(left.flatMap(({ parents }) => parents));
		const next = left.filter(({ key }) => needed.has(key));
		if (next.length === left.length) return left.map(({ key }) => key);
		left = next;
	}
}

/** An engine that is away is one trouble, and not one for each container. */
function withEngine(targets: readonly Target[]): Target[] {
	if (!targets.some(({ check }) => needsEngine(check))) return [...targets];
	const own = targets.find(({ check }) => check.type === 'engine');
	const dependants = targets.filter(({ check }) => needsEngine(check));
	const engine = own ?? {
		...targetOf(engineSchema.parse({ type: 'engine', name: engineName }), null, null, []),
		maintenance: [...new Set(dependants.flatMap(({ maintenance }) => maintenance))],
	};
	const others = targets.map((target) => {
		if (target === own || !needsEngine(target.check)) return target;
		return { ...target, parents: [...new Set([...target.parents, engine.key])] };
	});
	return own === undefined ? [engine, ...others] : others;
}

const engineName = 'Container engine';

function needsEngine(check: Check): boolean {
	if (check.type === 'container') return true;
	if (check.type === 'host') return check.via === 'engine';
	return (check.type === 'postgres' || check.type === 'redis') && check.container !== undefined;
}

function parentOf({ site }: Target, name: string, names: ReadonlySet<string>): string | undefined {
	const own = site === null ? name : `${site}/${name}`;
	return [own, name].find((one) => names.has(one));
}

/**
 * Reads maintenance windows from JSON text, or from the same as plain values; nothing is none.
 *
 * @throws CheckError `invalid_input`
 */
export function parseMaintenance(input: unknown): MaintenanceWindow[] {
	const parsed = parseInput(maintenanceSchema, input === undefined || input === '' ? [] : fromJson(input));
	if (parsed.ok) return parsed.value;
	throw new CheckError(
		'invalid_input',
		`"Maintenance Windows" is not a list of windows: ${describeFaults(parsed.faults)}.`,
		'Give a list such as [{"days": ["sun"], "from": "02:00", "to": "04:00", "timeZone": "Europe/Berlin"}].',
	);
}

/** A field for JSON holds a text, and an expression in it gives the value itself. */
function fromJson(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		return value;
	}
}
