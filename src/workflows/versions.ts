/** `[1, 2, 3]` of `1.2.3`; undefined for anything else. */
function numbers(version: string): [number, number, number] | undefined {
	const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
	return match ? [Number(match[1]), Number(match[2]), Number(match[3])] : undefined;
}

export const isVersion = (text: string): boolean => numbers(text) !== undefined;

/** Negative when `a` is older than `b`, 0 when they are the same. Pre-release parts are not known. */
export function compareVersions(a: string, b: string): number {
	const [left, right] = [numbers(a), numbers(b)];
	if (!left || !right) throw new RangeError(`${left ? b : a} is not a version such as 1.2.3`);
	return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

const condition = /^(>=|<)(\d+\.\d+\.\d+)$/;

/** Whether a text is a range as `meta.requires` uses it, e.g. `>=0.1.0 <1.0.0`. */
export const isRange = (range: string): boolean => range.split(' ').every((part) => condition.test(part));

/** Whether a version lies within a range; a pre-release counts as its release. */
export function satisfies(version: string, range: string): boolean {
	const release = version.split('-')[0] ?? '';
	return range.split(' ').every((part) => {
		const [, operator, bound = ''] = condition.exec(part) ?? [];
		const order = compareVersions(release, bound);
		return operator === '<' ? order < 0 : order >= 0;
	});
}
