import { N8nClient } from './client';
import type { N8nSession } from './session';

const variable = 'OPSDESK_TEST_N8N';

/** Hands the session of the n8n that a test run shares to the processes that run its tests. */
export function shareN8n(session: N8nSession): void {
	process.env[variable] = JSON.stringify(session);
}

/**
 * The n8n that all tests below test/e2e and test/workflows share. It is the test's duty to use names and
 * webhook paths of its own; a test that changes n8n itself starts its own with startN8n.
 */
export function sharedN8n(): N8nClient {
	const session = process.env[variable];
	if (!session) {
		throw new Error(
			'No shared n8n. Only tests of the jest project "n8n" (test/e2e, test/workflows) have one.',
		);
	}
	return new N8nClient(JSON.parse(session) as N8nSession);
}
