import { formatBytes, formatDuration } from '../../shared';
import type { FoundLevel } from '../alert';
import { found } from './finding';
import { ended } from './network/faults';
import type { BackupState, Finding, Probe } from './probe';
import { guarded } from './service/guard';
import { misconfigured, ServiceFault } from './service/reasons';

/** Whether the backups of a site are as young as it expects, at every destination. */
export const probeBackup: Probe<'backup'> = guarded(
	() => 'The destinations of the backups',
	async ({ site, timeoutSeconds }, { backups, signal }, stage) => {
		if (site === undefined) throw misconfigured('The check stands in no site, so it must say "site".');
		// Backups that nobody could look at are not bad, they are unknown.
		stage.late = () => {
			const late = `The destinations of the backups of "${site}" did not answer within ${timeoutSeconds} s.`;
			const { reason, message } = ended(signal, 'timeout', late);
			return new ServiceFault(reason, message, 'unknown');
		};
		const states = await backups?.(site, signal);
		if (states === undefined)
			throw misconfigured(
				`Nothing is known here of the backups of "${site}": no such site was given. Give its definition beside the checks.`,
			);
		return judge(site, states, Date.now());
	},
);

const badness: Record<FoundLevel, number> = { critical: 3, warning: 2, unknown: 1, ok: 0 };

/** One finding of all destinations: the worst of them. */
function judge(site: string, states: readonly BackupState[], nowMs: number): Finding {
	const [worst] = [...states].sort((one, other) => badness[other.level] - badness[one.level]);
	if (worst === undefined)
		throw new ServiceFault(
			'no_backups',
			`The definition of "${site}" has no \`backup\` and \`destinations\`.`,
			'unknown',
		);
	const others = states
		.filter((state) => state !== worst && state.level !== 'ok')
		.map(({ destination }) => destination);
	const more = others.length === 0 ? '' : `Nor are all well at: ${others.join(', ')}.`;
	const sentences = [`${ageOf(worst, nowMs)}.`, worst.message, more].filter((text) => text !== '');
	return found(
		worst.level,
		worst.level === 'ok' ? 'ok' : worst.reason,
		`Backups of "${site}" at "${worst.destination}": ${sentences.join(' ')}`,
		null,
		{ destinations: states.map(({ message: _message, ...state }) => state) },
	);
}

function ageOf({ level, newestAt, sizeBytes }: BackupState, nowMs: number): string {
	if (newestAt === null)
		return level === 'unknown' ? 'nobody knows how old they are' : 'there is no good one';
	const size = sizeBytes === null ? '' : ` (${formatBytes(sizeBytes)})`;
	// The clock may have been set back.
	return `the newest good one is ${formatDuration(Math.max(0, nowMs - newestAt))} old${size}`;
}
