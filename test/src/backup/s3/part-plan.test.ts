import { maxPartBytes, maxParts, partPlan } from '../../../../src/backup/destinations/s3/part-plan';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** How many parts a content of this size has. */
function partsOf(sizeBytes: number, partSizeMiB?: number): number {
	const plan = partPlan(partSizeMiB);
	let parts = 0;
	for (let left = sizeBytes; left > 0; left -= plan.partBytes(parts)) parts += 1;
	return parts;
}

test('BK-19: 200 GB fit into the 10,000 parts of an upload, and the largest that fits is as documented', () => {
	expect(partsOf(200e9)).toBeLessThan(maxParts);
	expect(partsOf(partPlan(undefined).maxBytes)).toBe(maxParts);
	expect(Math.floor(partPlan(undefined).maxBytes / GiB)).toBe(492);
	expect(partPlan(512).maxBytes).toBe(maxParts * 512 * MiB);
});

test('BK-19: no part is smaller than services take or larger than the 5 GB of one request', () => {
	for (const partSizeMiB of [undefined, 5, 512]) {
		const plan = partPlan(partSizeMiB);
		const sizes = Array.from({ length: maxParts }, (_, index) => plan.partBytes(index + 1));
		expect(Math.min(...sizes)).toBeGreaterThanOrEqual(5 * MiB);
		expect(Math.max(...sizes)).toBeLessThanOrEqual(maxPartBytes);
	}
});

test('BK-18: what is under way and being filled takes at most 128 MiB, unless larger parts are asked for', () => {
	const plan = partPlan(undefined);
	for (let number = 1; number <= maxParts; number += 1) {
		const size = plan.partBytes(number);
		expect((plan.concurrency(size) + 1) * size).toBeLessThanOrEqual(128 * MiB);
	}
	expect(partPlan(512).concurrency(512 * MiB)).toBe(1);
});

test('all parts have one size where the size is given, and at a service that asks for it', () => {
	const sizes = (plan: ReturnType<typeof partPlan>) =>
		new Set([1, 1001, maxParts].map((number) => plan.partBytes(number) / MiB));
	expect(sizes(partPlan(16))).toEqual(new Set([16]));
	expect(sizes(partPlan(undefined, 'https://account.r2.cloudflarestorage.com'))).toEqual(new Set([32]));
	expect(sizes(partPlan(undefined, 'https://s3.example.com'))).toEqual(new Set([8, 16, 64]));
});
