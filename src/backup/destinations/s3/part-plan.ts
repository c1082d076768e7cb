const mebibyte = 1024 * 1024;

/** Of one upload, at every service. */
export const maxParts = 10_000;
/** Of one part and of an object that is written in one request, at every service. */
export const maxPartBytes = 5 * 1024 * mebibyte;
const firstPartMiB = 8;
const largestPartMiB = 64;
/** After so many parts the next ones have double the size. */
const partsOfOneSize = 1000;
/** Cloudflare R2 refuses an upload whose parts differ in size, so there they are large from the start. */
const uniformPartMiB = 32;
/** Memory of the parts that are under way; the one that is being filled comes on top. */
const underWayBytes = 64 * mebibyte;
const maxConcurrency = 4;

/** How the content of an upload is divided when nobody knows how much will come. */
export interface PartPlan {
	/** Size of a part, counted from 1. */
	partBytes(number: number): number;
	/** How many parts of this size may be under way at once. */
	concurrency(partBytes: number): number;
	/** What fits into all parts. */
	readonly maxBytes: number;
}

/**
 * Small parts first, so that small backups take little memory, and larger ones later, so that 10,000 are enough for
 * 492 GiB in at most 128 MiB of memory.
 * @param partSizeMiB one size for all parts in place of that
 */
export function partPlan(partSizeMiB: number | undefined, endpoint?: string): PartPlan {
	const uniform = partSizeMiB ?? (needsUniformParts(endpoint) ? uniformPartMiB : undefined);
	const partBytes = (number: number): number => {
		if (uniform !== undefined) return uniform * mebibyte;
		const doubled = firstPartMiB * 2 ** Math.floor((number - 1) / partsOfOneSize);
		return Math.min(doubled, largestPartMiB) * mebibyte;
	};
	let maxBytes = 0;
	for (let number = 1; number <= maxParts; number += 1) maxBytes += partBytes(number);
	return {
		partBytes,
		concurrency: (size) => Math.max(1, Math.min(maxConcurrency, Math.floor(underWayBytes / size))),
		maxBytes,
	};
}

function needsUniformParts(endpoint: string | undefined): boolean {
	if (endpoint === undefined || !URL.canParse(endpoint)) return false;
	return new URL(endpoint).hostname.endsWith('.r2.cloudflarestorage.com');
}
