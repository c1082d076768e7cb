import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';

/** On a busy processor a thread of this priority gets a tenth of what n8n's own thread gets. */
const lowPriority = 10;

/**
 * Lets the calling thread give way to n8n's own, so that workflows and webhooks are answered while a backup works.
 * Linux has priorities for single threads; elsewhere nothing is changed.
 */
export function giveWay(): void {
	try {
		setPriority(Number(basename(readlinkSync('/proc/thread-self'))), lowPriority);
	} catch {
		// No such file system, or no right to be modest: the backup works with the priority it has.
	}
}
