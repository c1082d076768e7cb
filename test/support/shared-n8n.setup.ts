import { startN8n } from './n8n/host';
import { shareN8n } from './n8n/shared';
import { Scope } from './scope';

declare global {
	var sharedN8nScope: Scope | undefined;
}

/** Starts the one n8n that the tests of the project `n8n` share. */
export default async function setUp(): Promise<void> {
	const scope = await Scope.open('shared-n8n');
	globalThis.sharedN8nScope = scope;
	try {
		const { client } = await startN8n(scope);
		shareN8n(client.session);
	} catch (error) {
		await scope.close();
		const reason = error instanceof Error ? error.message : String(error);
		throw new Error(`The n8n shared by the tests did not start. ${reason}`, { cause: error });
	}
}
