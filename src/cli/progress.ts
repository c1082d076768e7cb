import type { BackupProgress } from '../backup';
import { formatBytes, formatDuration } from '../shared';

const words = { backUp: 'backing up', verify: 'verifying', restore: 'restoring', drill: 'drilling' };
const barCells = 20;
/** Before that, what is left is a guess that jumps. */
const guessAfterMs = 2000;

/**
 * One line that says how far an operation is, with a bar where the end is known.
 * @param now of a clock that only goes forward, in milliseconds
 * @returns what makes the line of each report
 */
export function progressLine(
	now: () => number = () => performance.now(),
): (progress: BackupProgress) => string {
	let current = { work: '', startedAt: 0 };
	return ({ step, artefact, plainBytes, storedBytes, entries, totalBytes }) => {
		const work = `${words[step]} ${artefact}`;
		if (current.work !== work) current = { work, startedAt: now() };
		const elapsedMs = now() - current.startedAt;
		const parts = [
			totalBytes === undefined
				? formatBytes(plainBytes)
				: `${formatBytes(plainBytes)} of ${formatBytes(totalBytes)}`,
			...(entries === undefined ? [] : [`${entries.toLocaleString('en')} entries`]),
			`${formatBytes(storedBytes)} stored`,
			...(elapsedMs >= guessAfterMs ? [`${formatBytes((plainBytes / elapsedMs) * 1000)}/s`] : []),
			...leftIn(elapsedMs, plainBytes, totalBytes),
		];
		return `${work} ${bar(plainBytes, totalBytes)}${parts.join(', ')}`;
	};
}

function bar(plainBytes: number, totalBytes: number | undefined): string {
	if (totalBytes === undefined || totalBytes === 0) return '';
	const part = Math.min(1, plainBytes / totalBytes);
	const cells = Math.floor(part * barCells);
	return `[${'#'.repeat(cells)}${'-'.repeat(barCells - cells)}] ${Math.floor(part * 100)} % `;
}

function leftIn(elapsedMs: number, plainBytes: number, totalBytes: number | undefined): string[] {
	if (totalBytes === undefined || plainBytes === 0 || elapsedMs < guessAfterMs) return [];
	const leftMs = (elapsedMs / plainBytes) * Math.max(0, totalBytes - plainBytes);
	return [`${formatDuration(Math.ceil(leftMs / 1000) * 1000)} left`];
}
