import { setTimeout as sleep } from 'node:timers/promises';

import { DockerError, type Containers, type ManagedContainer } from '../../docker';
import { errorMessage } from '../../shared';
import type { Problem, QuietContainerReport } from '../reports';
import type { ContainerRecord } from './journal-document';
import { nextStep } from './next-step';

export interface BringBackOptions {
	now: () => Date;
	/** How long to wait for a container to become healthy that others need. */
	healthTimeoutMs: number;
	/** Called as soon as a container has been looked after. */
	closed(id: string): Promise<void>;
}

/** Ports and devices may take a moment until they are free again. */
const startAttempts = 3;
const betweenAttemptsMs = 500;
const pollMs = 200;
/**
 * After its time to stop, the engine kills: that is done at once, unless the process waits for a disk. Longer than the engine
 * itself waits, and than a request that gets no answer.
 */
const killPatienceMs = 30_000;

/**
 * Brings containers that were paused or stopped back to running, those others depend on first. One that cannot be
 * brought back does not keep the others down.
 *
 * @returns in the order of starting
 */
export async function bringBack(
	containers: Containers,
	records: readonly ContainerRecord[],
	options: BringBackOptions,
): Promise<QuietContainerReport[]> {
	const reports: QuietContainerReport[] = [];
	const levels = [...new Set(records.map(({ level }) => level))].sort((a, b) => a - b);
	for (const level of levels) {
		const members = records.filter((record) => record.level === level && !record.closed);
		reports.push(...(await Promise.all(members.map((record) => one(containers, record, options)))));
	}
	return reports;
}

async function one(
	containers: Containers,
	record: ContainerRecord,
	options: BringBackOptions,
): Promise<QuietContainerReport> {
	const { name, touchedAt } = record;
	const warnings: string[] = [];
	const report = (now: QuietContainerReport['now'], problem?: Problem): QuietContainerReport => ({
		name,
		action: touchedAt === undefined ? 'left' : record.action === 'stop' ? 'stopped' : 'paused',
		now,
		...(now === 'running' &&
			touchedAt !== undefined && {
				downtimeMs: Math.max(0, options.now().getTime() - Date.parse(touchedAt)),
			}),
		warnings,
		...(problem && { problem }),
	});
	try {
		const found = await runAgain(containers, record, options, warnings);
		if (found === 'untouched') return report('as it was');
		const result = report(found === undefined ? 'gone' : 'running');
		// Told and done: what is left in the journal would only be found to run.
		await options.closed(record.id).catch((thrown: unknown) => {
			warnings.push(`the journal of stopped containers cannot be written: ${errorMessage(thrown)}`);
		});
		if (found && record.awaitHealthy) await becomeHealthy(containers, found, options, warnings);
		return result;
	} catch (thrown) {
		return report('down', notStarted(name, thrown));
	}
}

/** @returns what runs now; undefined when it is gone */
async function runAgain(
	containers: Containers,
	record: ContainerRecord,
	{ now }: BringBackOptions,
	warnings: string[],
): Promise<ManagedContainer | 'untouched' | undefined> {
	for (;;) {
		const found = await present(containers, record);
		const isReplacement = found !== undefined && found.id !== record.id;
		const observed = found && { state: found.state, isReplacement };
		switch (nextStep(record, observed, mayStillChange(record, now()))) {
			case 'nothing':
				return 'untouched';
			case 'wait':
				await sleep(pollMs);
				continue;
			case 'gone':
				warnings.push('it was removed meanwhile, and nothing has taken its place');
				return undefined;
			case 'running':
				if (isReplacement) warnings.push('it was made anew meanwhile, and the new one runs');
				return found;
			case 'unpause':
				if (found) await containers.unpause(found.id);
				return found;
			case 'start':
				if (isReplacement)
					warnings.push('it was made anew meanwhile; the new one did not run and was started');
				else if (record.action === 'pause')
					warnings.push('it was stopped while it was paused, and was started');
				if (found) await start(containers, found.id);
				return found;
		}
	}
}

/** The container, or the one that has its name and its place in Compose. */
async function present(
	containers: Containers,
	{ id, name, project, service }: ContainerRecord,
): Promise<ManagedContainer | undefined> {
	const found = await containers.manage(id).catch(whenMissing);
	if (found) return found;
	const other = await containers.manage(name).catch(whenMissing);
	const takesItsPlace = other?.project === (project ?? null) && other.service === (service ?? null);
	return other && takesItsPlace ? other : undefined;
}

async function start(containers: Containers, id: string): Promise<void> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			const { state } = await containers.start(id);
			if (state === 'running' || state === 'restarting') return;
			const { exitCode } = await containers.manage(id);
			throw new Error(`it ended at once with exit code ${exitCode ?? 'unknown'}`);
		} catch (thrown) {
			const lasting =
				thrown instanceof DockerError &&
				['not_permitted', 'proxy_refused', 'not_found'].includes(thrown.code);
			if (lasting || attempt === startAttempts) throw thrown;
		}
		await sleep(betweenAttemptsMs);
	}
}

async function becomeHealthy(
	containers: Containers,
	{ id }: ManagedContainer,
	{ healthTimeoutMs }: BringBackOptions,
	warnings: string[],
): Promise<void> {
	const endsAt = performance.now() + healthTimeoutMs;
	for (;;) {
		const { health, state } = await containers.manage(id);
		if (health === 'healthy' || health === 'none') return;
		if (state !== 'running' || performance.now() > endsAt) {
			const seconds = Math.round(healthTimeoutMs / 1000);
			warnings.push(
				`it is ${health}, ${seconds} seconds after its start; what depends on it was started all the same`,
			);
			return;
		}
		await sleep(pollMs);
	}
}

function mayStillChange({ settled, touchedAt, action, graceSeconds }: ContainerRecord, now: Date): boolean {
	if (settled || touchedAt === undefined) return false;
	const graceMs = action === 'stop' ? graceSeconds * 1000 : 0;
	return Math.abs(now.getTime() - Date.parse(touchedAt)) < graceMs + killPatienceMs;
}

function notStarted(name: string, thrown: unknown): Problem {
	return {
		code: 'container_not_started',
		message: `The container "${name}" is down and could not be started again: ${errorMessage(thrown).replace(/\.$/, '')}.`,
		remedy: `Remove the cause, then run "opsdesk backup recover" (or the operation Recover), which starts it in the right order, or "docker start ${name}". Every operation on backups tries it again.`,
	};
}

function whenMissing(thrown: unknown): undefined {
	if (thrown instanceof DockerError && thrown.code === 'not_found') return undefined;
	throw thrown;
}
