import { errorMessage } from '../../shared';

/**
 * Removes what was restored and is not wanted any more. That this failed changes nothing about what there was before,
 * which is the target again.
 * @param place of what was restored, as people find it, e.g. `directory /srv/.opsdesk-restore-…`
 * @returns a sentence where it could not be removed
 */
export async function removeRestored(
	place: string,
	remove: () => Promise<unknown>,
): Promise<string | undefined> {
	try {
		await remove();
		return undefined;
	} catch (thrown) {
		return stillThere(place, errorMessage(thrown));
	}
}

/** @param reason why it could not be removed */
export function stillThere(place: string, reason: string): string {
	return `What was restored could not be removed and is still there: ${place} (${reason.replace(/\.$/, '')}); the next restore to this target tries it again.`;
}
