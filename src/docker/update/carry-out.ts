import { errorMessage, shorten } from '../../shared';
import { DockerError } from '../errors';
import { plainText } from '../log-lines';
import { readLogs } from '../logs';
import type { Replacement } from './configuration';
import type { EngineSteps } from './engine-steps';
import { passGate } from './gate';
import { nameOfNew, planIn } from './marks';
import { createNew, hideOld, joinBeside, needed, removeOld, rollBack, swapNames, type Pair } from './replace';
import type { UpdateResult } from './result';

export interface CarryOutOptions {
	/** Called while open connections of the old one may come to their end. */
	drain(): Promise<void>;
	signal?: AbortSignal | undefined;
}

const shownLines = 20;
const maxLineLength = 500;

type Outcome = Pick<UpdateResult, 'changed'> & Partial<UpdateResult>;

/**
 * Puts the new container in the old one's place, or everything back as it was.
 * @throws DockerError `update_unfinished` when it could not be put back, `cancelled` once it was
 */
export async function carryOut(
	steps: EngineSteps,
	replacement: Replacement,
	options: CarryOutOptions,
): Promise<Outcome> {
	const { old, plan } = replacement;
	let pair: Pair | undefined;
	try {
		const id = await createNew(steps, replacement);
		pair = { old: old.Id, new: id, plan };
		await refuseOtherImage(steps, pair, replacement);
		const served =
			plan.way === 'startFirst'
				? await startFirst(steps, pair, options)
				: await stopFirst(steps, pair, replacement, options);
		return { changed: true, id, ...served, warnings: await cleanUp(steps, pair) };
	} catch (thrown) {
		const created = pair ?? (await leftover(steps, replacement));
		if (created === undefined) throw thrown;
		const log = await lastLines(steps, created.new);
		await putBack(steps, created, thrown);
		if (
			thrown instanceof DockerError &&
			['cancelled', 'not_permitted', 'proxy_refused'].includes(thrown.code)
		)
			throw thrown;
		return { changed: false, rolledBack: true, reason: errorMessage(thrown), log };
	}
}

/** Both serve for a moment, so that nobody finds nobody. */
async function startFirst(
	steps: EngineSteps,
	pair: Pair,
	{ drain, signal }: CarryOutOptions,
): Promise<Pick<UpdateResult, 'health' | 'gapMs'>> {
	await steps.start(pair.new);
	const health = await passGate(steps, pair.new, { ...pair.plan, signal });
	await joinBeside(steps, pair, signal);
	await hideOld(steps, pair);
	await swapNames(steps, pair);
	await drain();
	return { health, gapMs: 0 };
}

/** The names change while the old one runs, since each request more would make the gap longer. */
async function stopFirst(
	steps: EngineSteps,
	pair: Pair,
	{ old }: Replacement,
	{ signal }: CarryOutOptions,
): Promise<Pick<UpdateResult, 'health' | 'gapMs'>> {
	const { plan } = pair;
	await swapNames(steps, pair);
	if (!plan.ran) return { health: null, gapMs: null };
	const stoppedAt = performance.now();
	await steps.stop(old, plan.graceSeconds);
	await steps.start(pair.new);
	const gapMs = Math.round(performance.now() - stoppedAt);
	return { health: await passGate(steps, pair.new, { ...plan, signal }), gapMs };
}

/** The new one serves; that the old one stays for a while longer takes nothing from that. */
async function cleanUp(steps: EngineSteps, pair: Pair): Promise<string[]> {
	try {
		await removeOld(steps, pair);
		return [];
	} catch (thrown) {
		return [`the former container could not be removed; the next update does it: ${errorMessage(thrown)}`];
	}
}

/** The engine takes the image by its name, which the container keeps; the name may have moved since it was looked at. */
async function refuseOtherImage(steps: EngineSteps, pair: Pair, { newImage }: Replacement): Promise<void> {
	const made = await needed(steps, pair.new);
	if (made.Image === newImage.Id) return;
	throw new Error('The name of the image came to stand for another one meanwhile; run the update again.');
}

/** A container that was made although the answer was lost. */
async function leftover(steps: EngineSteps, { old, plan }: Replacement): Promise<Pair | undefined> {
	const found = await steps.look(nameOfNew(plan.name)).catch(() => undefined);
	// What another run has made is not ours to take away.
	const isOurs = planIn(found?.Config.Labels ?? {})?.plan.run === plan.run;
	return found && isOurs ? { old: old.Id, new: found.Id, plan } : undefined;
}

async function putBack(steps: EngineSteps, pair: Pair, cause: unknown): Promise<void> {
	try {
		await rollBack(steps, pair);
	} catch (thrown) {
		const { name } = pair.plan;
		throw new DockerError(
			'update_unfinished',
			`The update of "${name}" failed (${errorMessage(cause)}), and the former container could not be put back: ${errorMessage(thrown)}`,
			`Remove the cause and run the update again, which first puts back what is left; or rename "${name}-opsdesk-old" to "${name}" and start it.`,
			{ cause: thrown },
		);
	}
}

async function lastLines(steps: EngineSteps, id: string): Promise<string[]> {
	try {
		const { Config } = await needed(steps, id);
		const { lines } = await readLogs(steps.engine, id, Config.Tty, { tail: shownLines });
		return lines.map(({ line }) => shorten(plainText(line), maxLineLength));
	} catch {
		// Its reason is told without them.
		return [];
	}
}
