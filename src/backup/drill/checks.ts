import { count, errorMessage, formatBytes, shorten, type DrillCheck } from '../../shared';
import { BackupError } from '../errors';
import { TarChecker } from '../tar/check';
import { safeNames } from '../tar/safe-names';

const maxShown = 100;

/** What became of a check of the site. */
export interface CheckResult {
	/** e.g. `select count(*) from orders`, or the path. */
	check: string;
	ok: boolean;
	/** What was found, shortened; a sentence when it could not be asked. */
	found: string;
	/** What should have been found. */
	wanted: string;
}

/**
 * Asks a restored database what the site wants to know of it.
 * @param ask resolves with the first column of the first row, as text; undefined when there is none
 */
export async function askChecks(
	checks: readonly DrillCheck[],
	ask: (query: string) => Promise<string | undefined>,
): Promise<CheckResult[]> {
	const results: CheckResult[] = [];
	for (const { query, expect, atLeast } of checks) {
		if (query === undefined) continue;
		const wanted = atLeast === undefined ? String(expect) : `at least ${atLeast}`;
		const result = { check: oneLine(query), wanted: oneLine(wanted) };
		try {
			const found = await ask(query);
			const ok =
				found !== undefined && (atLeast === undefined ? isSame(found, expect) : Number(found) >= atLeast);
			results.push({
				...result,
				ok: ok && found.trim() !== '',
				found: found === undefined ? 'no row' : oneLine(found),
			});
		} catch (thrown) {
			if (thrown instanceof BackupError && thrown.code === 'cancelled') throw thrown;
			results.push({ ...result, ok: false, found: oneLine(errorMessage(thrown)) });
		}
	}
	return results;
}

/** Databases write true and false in their own ways, and numbers with as many zeros as they like. */
function isSame(found: string, expected: DrillCheck['expect']): boolean {
	if (typeof expected === 'boolean')
		return (expected ? ['t', 'true', '1'] : ['f', 'false', '0']).includes(found);
	return typeof expected === 'number'
		? found.trim() !== '' && Number(found) === expected
		: found === expected;
}

/** Looks for paths in an archive while it goes by. */
export class PathChecks {
	private readonly found: { isThere: boolean; sizeBytes: number }[];
	private readonly wanted: { check: DrillCheck; path: string }[];
	private current = '';
	private readonly checker = new TarChecker({
		entry: ({ path }) => {
			this.current = nameOf(path);
			this.each((entry) => (entry.isThere = true));
		},
		content: (piece) => this.each((entry) => (entry.sizeBytes += piece.length)),
	});

	constructor(checks: readonly DrillCheck[]) {
		this.wanted = checks.flatMap((check) =>
			check.path === undefined ? [] : [{ check, path: nameOf(Buffer.from(check.path)) }],
		);
		this.found = this.wanted.map(() => ({ isThere: false, sizeBytes: 0 }));
	}

	push(chunk: Buffer): void {
		if (this.wanted.length > 0) this.checker.push(chunk);
	}

	results(): CheckResult[] {
		return this.wanted.map(({ check: { path = '', minBytes }, path: _ }, index) => {
			const { isThere, sizeBytes } = this.found[index] ?? { isThere: false, sizeBytes: 0 };
			return {
				check: oneLine(path),
				ok: isThere && sizeBytes >= (minBytes ?? 0),
				found: isThere ? formatBytes(sizeBytes) : 'nothing',
				wanted: minBytes === undefined ? 'to be there' : `at least ${formatBytes(minBytes)}`,
			};
		});
	}

	/** The entries that are, or lie in, what the current one is. */
	private each(act: (entry: { isThere: boolean; sizeBytes: number }) => void): void {
		this.wanted.forEach(({ path }, index) => {
			const entry = this.found[index];
			const isPart = path === '' || this.current === path || this.current.startsWith(`${path}/`);
			if (entry && isPart) act(entry);
		});
	}
}

/** Of checks that failed; undefined when none did. */
export function checksFailed(results: readonly CheckResult[]): BackupError | undefined {
	const failed = results.filter(({ ok }) => !ok);
	if (failed.length === 0) return undefined;
	const told = failed
		.slice(0, 5)
		.map(({ check, found, wanted }) => `"${check}" gave ${found}, wanted is ${wanted}`);
	const more = failed.length > told.length ? `; and ${failed.length - told.length} more` : '';
	return new BackupError(
		'drill_check_failed',
		`It was restored, and ${count(failed.length, 'check')} of the site failed: ${told.join('; ')}${more}.`,
		'See what is live: either it lacks the same, or the backup holds something else. If the check itself is wrong, correct "drill.checks" in the site definition.',
	);
}

const nameOf = (path: Buffer): string =>
	safeNames(path, path)
		.map((name) => name.toString('utf8'))
		.join('/');

const oneLine = (text: string): string => shorten(text.replace(/\s+/g, ' ').trim(), maxShown);
