import type { Locator } from 'playwright-core';

import { poll } from './poll';

/** How many there are in the page: as soon as there are as many as wanted, or when that takes too long. */
export async function countOf(locator: Locator, wanted: (count: number) => boolean): Promise<number> {
	let count = 0;
	await poll(30_000, async () => {
		count = await locator.count();
		return wanted(count) ? true : undefined;
	});
	return count;
}

/** As many as are there once one is. */
export const anyOf = async (locator: Locator): Promise<number> =>
	await countOf(locator, (count) => count > 0);
